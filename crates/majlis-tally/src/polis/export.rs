//! Writing the set: agree is +1 everywhere, times are milliseconds and ISO 8601 in UTC.

use std::collections::{BTreeMap, BTreeSet};

use super::Conversation;
use crate::delimited::write_row;
use crate::opinion::{Opinion, Votes};
use crate::tie::id_order;

/// A file of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}

/// What every column means, as a file of the set.
pub const DICTIONARY: &str = "file,column,meaning
summary.csv,topic,what the conversation is about
comments.csv,timestamp,milliseconds since 1970-01-01 in UTC
comments.csv,datetime,the same as ISO 8601
comments.csv,comment-id,id of the statement
comments.csv,author-id,who wrote it
comments.csv,agrees,participants whose last vote agrees
comments.csv,disagrees,participants whose last vote disagrees
comments.csv,moderated,1 let in; 0 not looked at; -1 taken out
comments.csv,comment-body,what it says
comments.csv,is-meta,true if it asks who one is
comments.csv,is-seed,true if it was there before the conversation opened
votes.csv,vote,1 agree; -1 disagree; 0 pass; one row for each participant and statement
participants-votes.csv,group-id,group of the participant; empty if in none
participants-votes.csv,n-comments,statements the participant wrote
participants-votes.csv,n-votes,votes of any kind
participants-votes.csv,n-agree,votes that agree
participants-votes.csv,n-disagree,votes that disagree
participants-votes.csv,any other,the id of a statement: 1 agree; -1 disagree; 0 pass; empty unseen
comment-groups.csv,total-votes,votes of any kind; agrees and disagrees and passes together
comment-groups.csv,group-a-votes,the same within the first group; and so on
";

/// ISO 8601 in UTC from milliseconds, by the civil calendar (Hinnant, \"chrono-compatible low-level
/// date algorithms\").
fn iso(milliseconds: i64) -> String {
    let days = milliseconds.div_euclid(86_400_000);
    let rest = milliseconds.rem_euclid(86_400_000);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let moved = (5 * of_year + 2) / 153;
    let day = of_year - (153 * moved + 2) / 5 + 1;
    let month = if moved < 10 { moved + 3 } else { moved - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, part) = (rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{part:03}Z")
}

fn sheet(name: &'static str, rows: &[Vec<String>]) -> ExportedFile {
    let mut text = String::new();
    for row in rows {
        write_row(&mut text, row, ',');
    }
    ExportedFile { name, text }
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// `a`, `b`, ... `z`, then `a1` and on.
fn letter(group: usize) -> String {
    let letters = ('a'..='z').nth(group % 26).unwrap_or('a');
    match group / 26 {
        0 => letters.to_string(),
        more => format!("{letters}{more}"),
    }
}

#[derive(Default)]
struct Totals {
    all: usize,
    agree: usize,
    disagree: usize,
    pass: usize,
}

impl Totals {
    fn add(&mut self, opinion: Opinion) {
        self.all += 1;
        match opinion {
            Opinion::Agree => self.agree += 1,
            Opinion::Disagree => self.disagree += 1,
            Opinion::Pass => self.pass += 1,
        }
    }

    fn fields(&self) -> [String; 4] {
        [self.all, self.agree, self.disagree, self.pass].map(|count| count.to_string())
    }
}

/// Votes by statement, over all and by group.
type Counted<'a> = BTreeMap<&'a str, BTreeMap<Option<usize>, Totals>>;

impl Conversation {
    fn counted(&self) -> Counted<'_> {
        let mut counted = Counted::new();
        for ((participant, statement), vote) in &self.votes {
            let slot = counted.entry(statement).or_default();
            slot.entry(None).or_default().add(vote.opinion);
            if let Some(group) = self.groups.get(participant) {
                slot.entry(Some(*group)).or_default().add(vote.opinion);
            }
        }
        counted
    }

    /// The set as files, with a dictionary of the columns.
    #[must_use]
    pub fn write(&self) -> Vec<ExportedFile> {
        let mut comments = vec![head(&[
            "timestamp",
            "datetime",
            "comment-id",
            "author-id",
            "agrees",
            "disagrees",
            "moderated",
            "comment-body",
            "is-meta",
            "is-seed",
        ])];
        let groups: BTreeSet<usize> = self.groups.values().copied().collect();
        let mut by_group = vec![head(&[
            "comment-id",
            "comment",
            "total-votes",
            "total-agrees",
            "total-disagrees",
            "total-passes",
        ])];
        if let Some(first) = by_group.first_mut() {
            for group in &groups {
                let letter = letter(*group);
                let names = ["votes", "agrees", "disagrees", "passes"];
                first.extend(names.map(|name| format!("group-{letter}-{name}")));
            }
        }
        let counted = self.counted();
        let nothing = Totals::default();
        for one in &self.comments {
            let of = |group: Option<usize>| {
                let slot = counted.get(one.id.as_str());
                slot.and_then(|slot| slot.get(&group)).unwrap_or(&nothing)
            };
            let all = of(None);
            comments.push(vec![
                one.time.to_string(),
                iso(one.time),
                one.id.clone(),
                one.author.clone(),
                all.agree.to_string(),
                all.disagree.to_string(),
                one.moderated.to_string(),
                one.body.clone(),
                one.metadata.to_string(),
                one.seed.to_string(),
            ]);
            let mut row = vec![one.id.clone(), one.body.clone()];
            row.extend(all.fields());
            for group in &groups {
                row.extend(of(Some(*group)).fields());
            }
            by_group.push(row);
        }
        let mut votes = vec![head(&[
            "timestamp",
            "datetime",
            "comment-id",
            "voter-id",
            "vote",
        ])];
        let mut cast: Vec<_> = self.votes.iter().collect();
        cast.sort_by(|((one, of), a), ((other, on), b)| {
            let order = a.time.cmp(&b.time).then_with(|| id_order(of, on));
            order.then_with(|| id_order(one, other))
        });
        for ((voter, statement), vote) in cast {
            votes.push(vec![
                vote.time.to_string(),
                iso(vote.time),
                statement.clone(),
                voter.clone(),
                vote.opinion.sign().to_string(),
            ]);
        }
        let summary = [
            vec!["topic".to_owned(), self.topic.clone()],
            vec!["comments".to_owned(), self.comments.len().to_string()],
            vec!["groups".to_owned(), groups.len().to_string()],
        ];
        let mut files = vec![
            sheet("summary.csv", &summary),
            sheet("comments.csv", &comments),
            sheet("votes.csv", &votes),
            sheet("comment-groups.csv", &by_group),
            ExportedFile {
                name: "dictionary.csv",
                text: DICTIONARY.to_owned(),
            },
        ];
        if let Ok(opinions) = self.opinions(false) {
            files.push(sheet(
                "participants-votes.csv",
                &self.participants(&opinions),
            ));
        }
        files
    }

    fn participants(&self, opinions: &Votes) -> Vec<Vec<String>> {
        let about = [
            "participant",
            "group-id",
            "n-comments",
            "n-votes",
            "n-agree",
            "n-disagree",
        ];
        let mut first = head(&about);
        first.extend(opinions.statements().iter().map(|one| one.id.clone()));
        let mut rows = vec![first];
        for (id, row) in opinions.participants().iter().zip(opinions.rows()) {
            let count = |opinion: Opinion| row.iter().filter(|one| one.1 == opinion).count();
            let mut fields = vec![
                id.clone(),
                self.groups
                    .get(id)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                self.comments
                    .iter()
                    .filter(|one| one.author == *id)
                    .count()
                    .to_string(),
                row.len().to_string(),
                count(Opinion::Agree).to_string(),
                count(Opinion::Disagree).to_string(),
            ];
            let begin = fields.len();
            fields.resize(begin + opinions.statements().len(), String::new());
            for (at, opinion) in row {
                if let Some(field) = fields.get_mut(begin + *at as usize) {
                    *field = opinion.sign().to_string();
                }
            }
            rows.push(fields);
        }
        rows
    }
}

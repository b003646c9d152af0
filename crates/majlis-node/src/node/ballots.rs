//! The call that writes ballots that count for other counting programs: a budget as Pabulib, an
//! election as BLT, a conversation as the files of Polis. Voters are numbered in random order, nothing
//! of who they are or when they voted goes along, and nothing is written of a handful of people.

use std::path::{Path, PathBuf};

use majlis_core::consultation::activity::{BudgetBallot, BudgetRule, ElectionRule, Rule};
use majlis_core::consultation::outcome::Counted;
use majlis_core::consultation::statement::Standing;
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::LaneId;
use majlis_tally::blt::BltFile;
use majlis_tally::delimited::Row;
use majlis_tally::opinion::Opinion;
use majlis_tally::pabulib::{PbFile, Table};
use majlis_tally::polis::{Conversation, PolisComment, PolisVote};

use crate::api::outcome::{BallotsExport, BallotsWritten};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, short};
use crate::plain::activity::money;
use crate::profile::disk_error;

/// With fewer voices nothing is written, unless more are asked for.
const LEAST: u32 = 5;

/// Files by name, and how many ballots are in them.
type Files = (Vec<(String, String)>, u64);

impl Node {
    pub(super) async fn export_ballots(
        &self,
        wanted: BallotsExport,
    ) -> Result<BallotsWritten, ApiError> {
        let lane = lane(&wanted.consultation)?;
        let least = wanted.least.max(LEAST);
        let path = PathBuf::from(&wanted.path);
        self.at(&wanted.space, move |desk| {
            let (files, ballots) = desk.ballot_files(lane, least)?;
            let folder = files.len() > 1;
            let mut written = Vec::new();
            if folder {
                std::fs::create_dir_all(&path).map_err(|error| disk_error(&error))?;
            }
            for (name, text) in files {
                let file = if folder {
                    path.join(name)
                } else {
                    path.clone()
                };
                put(&file, &text)?;
                written.push(file.display().to_string());
            }
            Ok(BallotsWritten {
                files: written,
                ballots: short(ballots),
            })
        })
        .await
    }
}

/// Nothing is replaced by a call, whoever makes it.
fn put(path: &Path, text: &str) -> Result<(), ApiError> {
    use std::io::Write as _;
    let file = std::fs::File::create_new(path);
    if file
        .as_ref()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::AlreadyExists)
    {
        return Err(crate::plain::bad("path").about(path.display().to_string()));
    }
    let mut file = file.map_err(|error| disk_error(&error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| disk_error(&error))
}

fn row(fields: Vec<String>) -> Row {
    Row { line: 0, fields }
}

fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table {
        columns: columns.iter().map(|one| (*one).to_owned()).collect(),
        rows: rows.into_iter().map(row).collect(),
    }
}

fn label(form: &Form, option: u16) -> String {
    let options = form
        .ballot()
        .map_or(&[][..], |ballot| ballot.kind.options());
    let found = options.iter().find(|one| one.id == option);
    found.map(|one| one.label.clone()).unwrap_or_default()
}

impl Desk {
    /// The ballots that count, in an order that tells nothing.
    fn shuffled(&self, lane: LaneId, form: &Form) -> Result<Vec<(Answer, bool)>, ApiError> {
        let ballot = form.ballot().map(|ballot| ballot.id);
        let draw: [u8; 32] = clock::fresh();
        let mut found = Vec::new();
        self.each_read(lane, None, |one, _| {
            let key = *blake3::keyed_hash(&draw, one.slot.as_bytes()).as_bytes();
            let answers = one.response.answers.into_iter();
            let answer = answers.into_iter().find(|(id, _)| Some(*id) == ballot);
            found.extend(answer.map(|(_, answer)| (key, answer, one.assisted)));
            Ok(())
        })?;
        found.sort_by_key(|(key, ..)| *key);
        Ok(found
            .into_iter()
            .map(|(_, answer, assisted)| (answer, assisted))
            .collect())
    }

    fn ballot_files(&mut self, lane: LaneId, least: u32) -> Result<Files, ApiError> {
        let (row, opening) = self.opened(lane)?;
        self.shown(&row)?;
        let form = &opening.form;
        let ballots = self.shuffled(lane, form)?;
        let count = ballots.len() as u64;
        if count < least.into() {
            let why = "writing the ballots of so few people that they could be told apart";
            return Err(ApiError::new(ErrorCode::NotAllowed, why).about(least.to_string()));
        }
        let day = clock::local_day(opening.claimed);
        let year = day.split('-').next().unwrap_or_default();
        let space = self
            .space
            .roster()
            .genesis()
            .map(|genesis| genesis.name.clone());
        let files = match &form.activity.rule {
            Rule::Budget(rule) => {
                let unit = space.unwrap_or_default();
                let outcome = self.counted_outcome(lane)?;
                let funded = match &outcome.counted {
                    Counted::Budget(budget) if row.is_closed() && self.lacking(lane)? == 0 => {
                        Some(budget.ids())
                    }
                    _ => None,
                };
                let file = pabulib(form, rule, &ballots, funded.as_deref(), (&unit, year));
                vec![("ballots.pb".to_owned(), file.write())]
            }
            Rule::Election(rule) => {
                vec![("ballots.blt".to_owned(), blt(form, rule, &ballots).write())]
            }
            Rule::Conversation(_) => {
                let files = self.polis(lane, form, &ballots)?.write().into_iter();
                files
                    .map(|file| (file.name.to_owned(), file.text))
                    .collect()
            }
            Rule::Survey | Rule::Poll(_) | Rule::Petition(_) => {
                let why = "writing ballots in a format that there is none of for this activity";
                return Err(ApiError::new(ErrorCode::BadInput, why));
            }
        };
        Ok((files, count))
    }

    fn polis(
        &self,
        lane: LaneId,
        form: &Form,
        ballots: &[(Answer, bool)],
    ) -> Result<Conversation, ApiError> {
        // As they are counted: after the closing, those that it names.
        let heard = self.store.heard(self.id(), lane, true);
        let heard = heard.map_err(|error| store_error(&error))?;
        let mut number = std::collections::BTreeMap::new();
        let mut conversation = Conversation {
            topic: form.title.clone(),
            ..Conversation::default()
        };
        for one in &heard {
            let id = number.len().to_string();
            number.insert(one.id, id.clone());
            conversation.comments.push(PolisComment {
                id,
                // Who said it is left out.
                author: String::new(),
                body: one.text.clone(),
                time: 0,
                moderated: match one.standing {
                    Standing::In => 1,
                    Standing::Waiting => 0,
                    Standing::Merged | Standing::Hidden => -1,
                },
                metadata: false,
                seed: one.seed,
            });
        }
        for (voter, (answer, _)) in ballots.iter().enumerate() {
            let Answer::Votes(votes) = answer else {
                continue;
            };
            for (statement, vote) in votes {
                let Some(id) = number.get(statement) else {
                    continue;
                };
                let opinion = match vote.signum() {
                    1 => Opinion::Agree,
                    -1 => Opinion::Disagree,
                    _ => Opinion::Pass,
                };
                let key = (voter.to_string(), id.clone());
                conversation
                    .votes
                    .insert(key, PolisVote { opinion, time: 0 });
            }
        }
        Ok(conversation)
    }
}

fn pabulib(
    form: &Form,
    rule: &BudgetRule,
    ballots: &[(Answer, bool)],
    funded: Option<&[&str]>,
    (unit, year): (&str, &str),
) -> PbFile {
    let kind = match rule.ballot {
        BudgetBallot::Approval | BudgetBallot::Knapsack => "approval",
        BudgetBallot::Points => "scoring",
        BudgetBallot::Ranked => "ordinal",
    };
    let projects_number = rule.projects.len().to_string();
    let meta = [
        ("description", form.title.as_str()),
        ("country", "-"),
        ("unit", unit),
        ("instance", year),
        ("num_projects", &projects_number),
        ("num_votes", &ballots.len().to_string()),
        ("budget", &money(rule.money, rule.decimals)),
        ("vote_type", kind),
        ("rule", rule.method.word()),
        ("date_begin", year),
        ("date_end", year),
        ("currency", &rule.currency),
        // So that others give the first place as many points as are given here.
        ("max_length", &projects_number),
    ];
    let meta = meta
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| vec![(*key).to_owned(), (*value).to_owned()])
        .collect();
    let weighed = matches!(rule.ballot, BudgetBallot::Points | BudgetBallot::Ranked);
    let areas = rule.projects.iter().any(|one| !one.area.is_empty());
    let projects = rule.projects.iter().map(|project| {
        let (votes, score) = support(rule, project.option, ballots);
        let mut fields = vec![
            project.option.to_string(),
            money(project.cost, rule.decimals),
            votes.to_string(),
        ];
        fields.extend(weighed.then(|| score.to_string()));
        fields.push(label(form, project.option));
        if let Some(funded) = funded {
            let id = project.option.to_string();
            let selected = funded.contains(&id.as_str());
            fields.push(u8::from(selected).to_string());
        }
        fields.extend(areas.then(|| project.area.clone()));
        fields
    });
    let projects: Vec<Vec<String>> = projects.collect();
    let mut of_projects = vec!["project_id", "cost", "votes"];
    of_projects.extend(weighed.then_some("score"));
    of_projects.push("name");
    of_projects.extend(funded.map(|_| "selected"));
    of_projects.extend(areas.then_some("district"));
    let list = |ids: Vec<String>| ids.join(",");
    let votes = ballots
        .iter()
        .enumerate()
        .map(|(voter, (answer, assisted))| {
            let (ids, points) = match answer {
                Answer::Choices(ids) | Answer::Ranking(ids) => {
                    (ids.iter().map(u16::to_string).collect(), Vec::new())
                }
                Answer::Points(points) => points
                    .iter()
                    .map(|(id, given)| (id.to_string(), given.to_string()))
                    .unzip(),
                _ => (Vec::new(), Vec::new()),
            };
            let method = if *assisted { "paper" } else { "internet" };
            let mut fields = vec![voter.to_string(), list(ids)];
            if rule.ballot == BudgetBallot::Points {
                fields.push(list(points));
            }
            fields.push(method.to_owned());
            fields
        });
    let columns: &[&str] = if rule.ballot == BudgetBallot::Points {
        &["voter_id", "vote", "points", "voting_method"]
    } else {
        &["voter_id", "vote", "voting_method"]
    };
    PbFile::new(
        table(&["key", "value"], meta),
        table(&of_projects, projects),
        table(columns, votes.collect()),
    )
}

/// How many ballots support a project, and the points that they give it.
fn support(rule: &BudgetRule, option: u16, ballots: &[(Answer, bool)]) -> (u64, u64) {
    let mut found = (0, 0);
    for (answer, _) in ballots {
        let points = match answer {
            Answer::Choices(ids) => ids.iter().find(|id| **id == option).map(|_| 1),
            Answer::Ranking(ids) => {
                let place = ids.iter().position(|id| *id == option);
                place.map(|place| rule.projects.len().saturating_sub(place) as u64)
            }
            Answer::Points(points) => {
                let given = points.iter().find(|(id, _)| *id == option);
                given.map(|(_, given)| u64::from(*given))
            }
            _ => None,
        };
        if let Some(points) = points.filter(|points| *points > 0) {
            found = (found.0 + 1, found.1 + points);
        }
    }
    found
}

fn blt(form: &Form, rule: &ElectionRule, ballots: &[(Answer, bool)]) -> BltFile {
    let options = form
        .ballot()
        .map_or(&[][..], |ballot| ballot.kind.options());
    let standing = options
        .iter()
        .filter(|option| Some(option.id) != rule.abstain);
    let name = |id: u16| format!("{} ({id})", label(form, id));
    let mut kinds = std::collections::BTreeMap::new();
    for (answer, _) in ballots {
        if let Answer::Ranking(order) = answer {
            let mut order = order.clone();
            order.retain(|id| Some(*id) != rule.abstain);
            *kinds.entry(order).or_insert(0_u64) += 1;
        }
    }
    let ballots = kinds.into_iter().map(|(order, count)| {
        let places = order.into_iter().map(|id| vec![name(id)]);
        (places.collect(), count)
    });
    BltFile {
        title: form.title.clone(),
        seats: rule.seats.into(),
        names: standing.map(|option| name(option.id)).collect(),
        withdrawn: Vec::new(),
        ballots: ballots.collect(),
    }
}

//! Forms of open consultations as tablets are offered them. Not here: what is sent back.

use std::collections::BTreeMap;
use std::sync::Arc;

use majlis_core::blob::Blob;
use majlis_core::consultation::{Form, QuestionKind};
use majlis_core::id::{LaneId, QuestionId};
use majlis_formats::Logic;
use majlis_formats::answer::{Answers, Entry};
use majlis_formats::openrosa;
use majlis_store::{OpeningRow, ProcessRow};

use crate::api::ApiError;
use crate::api::tablets::TabletForm;
use crate::desk::{Desk, store_error};
use crate::plain::logic::unsealed;
use crate::plain::sheet::{Names, sheet};

/// Forms kept ready for tablets.
const READY: usize = 16;

/// A form as tablets have it.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) lane: LaneId,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) xml: String,
    /// Files that it shows or plays.
    pub(crate) files: Vec<String>,
    pub(super) form: Form,
    pub(super) names: Names,
    pub(super) logic: Logic,
}

/// What a file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Photo,
    Sound,
}

impl Offered {
    /// A form for tablets: under the id of its consultation, in the version of its hash, so that
    /// neither can be confused with another's.
    fn new(lane: LaneId, opening: &OpeningRow) -> Result<Self, String> {
        let form = &opening.form;
        if !form.takes_assisted() {
            return Err("only members' own ballots count in it".to_owned());
        }
        for question in &form.questions {
            let what = match &question.kind {
                QuestionKind::Points { .. } => "gives points",
                QuestionKind::Statements => "votes on statements",
                QuestionKind::Other(written)
                    if matches!(written.as_str(), "video" | "file" | "background-audio") =>
                {
                    "asks for a kind of file that is not kept here"
                }
                _ => continue,
            };
            return Err(format!("a question {what}: {}", question.label));
        }
        let mut written = sheet(form, &lane.to_string());
        written.settings.id = lane.to_string();
        written.settings.version = Some(opening.form_id.to_string());
        let logic = Logic::new(&written).map_err(|errors| {
            let first = errors.first().map(|error| error.problem.to_string());
            format!("its conditions mean nothing: {}", first.unwrap_or_default())
        })?;
        Ok(Self {
            lane,
            title: form.title.clone(),
            version: opening.form_id.to_string(),
            xml: openrosa::write_form(&logic),
            files: openrosa::media_names(logic.form()),
            form: unsealed(form),
            names: Names::of(form),
            logic,
        })
    }

    /// What the consultation itself carries of a file that it shows.
    pub(crate) fn blob_of(&self, name: &str) -> Option<Blob> {
        let each = self.form.questions.iter().flat_map(|question| {
            let options = question.kind.options().iter();
            let options = options.flat_map(|option| &option.details.media);
            question.details.media.iter().chain(options)
        });
        let mut named = each.filter(|medium| medium.file == name);
        named.find_map(|medium| medium.blob)
    }

    /// The files that answers name, and what each must be.
    pub(super) fn wanted(
        &self,
        answers: &Answers,
        repeat: Option<QuestionId>,
        wanted: &mut BTreeMap<String, Wanted>,
    ) {
        for (path, entry) in &answers.0 {
            let at = self.names.at(repeat, path);
            let Some(question) = at.and_then(|at| self.form.questions.get(at)) else {
                continue;
            };
            match entry {
                Entry::Text(name) => match question.kind {
                    QuestionKind::Photo => drop(wanted.insert(name.clone(), Wanted::Photo)),
                    QuestionKind::Sound => drop(wanted.insert(name.clone(), Wanted::Sound)),
                    _ => {}
                },
                Entry::Repeat(rows) => {
                    for row in rows {
                        self.wanted(row, Some(question.id), wanted);
                    }
                }
            }
        }
    }

    /// The answers, with what is kept in the place of files' names.
    pub(super) fn filled(
        &self,
        answers: &Answers,
        repeat: Option<QuestionId>,
        files: &BTreeMap<String, String>,
    ) -> Answers {
        let each = answers.0.iter().map(|(path, entry)| {
            let at = self.names.at(repeat, path);
            let question = at.and_then(|at| self.form.questions.get(at));
            let entry = match (entry, question) {
                (Entry::Repeat(rows), Some(question)) => {
                    let rows = rows.iter();
                    let rows = rows.map(|row| self.filled(row, Some(question.id), files));
                    Entry::Repeat(rows.collect())
                }
                (Entry::Text(name), Some(question))
                    if matches!(question.kind, QuestionKind::Photo | QuestionKind::Sound) =>
                {
                    Entry::Text(files.get(name).unwrap_or(name).clone())
                }
                (Entry::Text(typed), Some(question))
                    if matches!(
                        question.kind,
                        QuestionKind::Number { .. } | QuestionKind::Range { .. }
                    ) =>
                {
                    Entry::Text(rounded(typed))
                }
                (entry, _) => entry.clone(),
            };
            (path.clone(), entry)
        });
        Answers(each.collect())
    }
}

/// A number as it is kept here, exact to six decimals: Collect takes as many as somebody types, and an
/// answer is worth more than its seventh. What is no plain number stays as it is.
fn rounded(typed: &str) -> String {
    let plain = typed.trim();
    let Some((whole, decimals)) = plain.split_once('.') else {
        return typed.to_owned();
    };
    let digits = whole.trim_start_matches(['-', '+']);
    let all = [digits, decimals].concat();
    let Some((kept, beyond)) = decimals.split_at_checked(6) else {
        return typed.to_owned();
    };
    if all.len() > 30 || digits.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return typed.to_owned();
    }
    let up = i128::from(beyond.bytes().next().is_some_and(|byte| byte >= b'5'));
    let Ok(millionths) = [digits, kept].concat().parse::<i128>() else {
        return typed.to_owned();
    };
    let text = format!("{:07}", millionths.saturating_add(up));
    let (whole, decimals) = text.split_at(text.len().saturating_sub(6));
    let sign = if plain.starts_with('-') { "-" } else { "" };
    format!("{sign}{whole}.{decimals}")
}

impl Desk {
    /// The form for tablets, made once.
    pub(super) fn offered(&mut self, row: &ProcessRow) -> Result<Arc<Offered>, String> {
        let opening = row.opening.as_ref().ok_or("it is not open")?;
        let ready = &mut self.fillings.offered;
        let known =
            |one: &Arc<Offered>| one.lane == row.lane && one.version == opening.form_id.to_string();
        if let Some(found) = ready.iter().find(|one| known(one)) {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(Offered::new(row.lane, opening)?);
        ready.insert(0, Arc::clone(&made));
        ready.truncate(READY);
        Ok(made)
    }

    /// Consultations that are open now.
    fn open_ones(&self) -> Result<Vec<ProcessRow>, ApiError> {
        let rows = self.store.processes(self.id());
        let rows = rows.map_err(|error| store_error(&error))?;
        let open = |row: &ProcessRow| row.opening.is_some() && !row.is_closed();
        Ok(rows.into_iter().filter(open).collect())
    }

    /// The forms of open consultations that tablets can fill; none without the rank for it.
    pub(super) fn offered_forms(&mut self) -> Result<Vec<Arc<Offered>>, ApiError> {
        self.may_enter_for_others()?;
        let rows = self.open_ones()?;
        let forms = rows.iter().filter_map(|row| self.offered(row).ok());
        Ok(forms.collect())
    }

    /// The open consultations, and why tablets are not offered some of them.
    pub(in crate::node) fn tablet_forms(&mut self) -> Result<Vec<TabletForm>, ApiError> {
        let rows = self.open_ones()?;
        let forms = rows.iter().filter_map(|row| {
            let opening = row.opening.as_ref()?;
            Some(TabletForm {
                consultation: row.lane.to_string(),
                title: opening.form.title.clone(),
                version: opening.form_id.to_string(),
                withheld: self.offered(row).err().unwrap_or_default(),
            })
        });
        Ok(forms.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn a_number_of_more_than_six_decimals_is_rounded_and_anything_else_stays() {
        for (typed, kept) in [
            ("1.23456789", "1.234568"),
            ("-0.9999999", "-1.000000"),
            ("33.8938000", "33.893800"),
            ("0.0000004", "0.000000"),
            ("7", "7"),
            ("7.5", "7.5"),
            ("1.2345678x", "1.2345678x"),
            (".12345678", ".12345678"),
            ("", ""),
        ] {
            assert_eq!(rounded(typed), kept, "{typed}");
        }
    }
}

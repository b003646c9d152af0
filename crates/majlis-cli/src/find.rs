//! Finding what a person means: an id, the beginning of one, or a name that only one thing has.

use std::collections::BTreeSet;

use anyhow::Context as _;
use majlis_node::api::document::DocumentSummary;
use majlis_node::api::members::MemberView;
use majlis_node::api::process::{
    ConsultationRef, ConsultationSummary, QuestionView, ResponsePage, ResponsesQuery,
};
use majlis_node::api::space::{SpaceRef, SpaceSummary};
use majlis_node::api::{ApiError, ErrorCode, Nothing, Request};

use crate::reach::Reach;

/// The one of `things` whose id is or begins with `wanted`, or whose name it is.
fn one<'a, T>(
    kind: &str,
    wanted: &str,
    things: &'a [T],
    id: impl Fn(&T) -> &str,
    name: impl Fn(&T) -> &str,
) -> anyhow::Result<&'a T> {
    let wanted = wanted.trim();
    let exact = things.iter().find(|thing| id(thing) == wanted);
    if let Some(exact) = exact {
        return Ok(exact);
    }
    let lower = wanted.to_lowercase();
    let named: Vec<&T> = things
        .iter()
        .filter(|thing| name(thing).to_lowercase() == lower)
        .collect();
    let starting: Vec<&T> = things
        .iter()
        .filter(|thing| id(thing).starts_with(&lower))
        .collect();
    match (named.as_slice(), starting.as_slice()) {
        ([found], _) => Ok(*found),
        ([], [found]) if wanted.len() >= 4 => Ok(*found),
        ([], _) => Err(missing(kind, wanted)),
        _ => Err(ApiError::new(
            ErrorCode::BadInput,
            format!("several have this name; give the {kind}'s id"),
        )
        .about(wanted)
        .into()),
    }
}

/// The question meant by its number from 1, its id, its name or its text.
pub(crate) fn question<'a>(
    questions: &'a [QuestionView],
    wanted: &str,
) -> anyhow::Result<&'a QuestionView> {
    let mut numbered = (1_usize..).zip(questions);
    let found = numbered.find(|(number, one)| {
        let name = one.details.as_ref().map(|details| details.name.as_str());
        one.label == wanted
            || one.id == wanted
            || name == Some(wanted)
            || number.to_string() == wanted
    });
    found
        .map(|(_, one)| one)
        .ok_or_else(|| missing("question", wanted))
}

/// Answers that are asked for at once.
const PAGE: u32 = 500;
/// Letters of a whole slot.
const SLOT: usize = 26;

/// Signs of the code on a receipt, written without gaps.
const CODE: usize = 12;

/// The slot meant by its beginning, as lists print it; a whole one, and the code of a receipt, as it is.
pub(crate) async fn slot(
    reach: &Reach,
    at: &ConsultationRef,
    wanted: &str,
) -> anyhow::Result<String> {
    let found = slots(reach, at, vec![wanted.to_owned()]).await?;
    found.into_iter().next().context("one slot for each")
}

/// The slots meant by their beginnings, as [`slot`] gives one: the answers are gone through once for all.
pub(crate) async fn slots(
    reach: &Reach,
    at: &ConsultationRef,
    wanted: Vec<String>,
) -> anyhow::Result<Vec<String>> {
    let letter = |letter: char| matches!(letter, 'a'..='z' | '2'..='7');
    let is_begun = |one: &str| (4..SLOT).contains(&one.len()) && one.chars().all(letter);
    let begun: Vec<&String> = wanted.iter().filter(|one| is_begun(one)).collect();
    if begun.is_empty() {
        return Ok(wanted);
    }
    let mut found = BTreeSet::new();
    let mut query = ResponsesQuery {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        mine: false,
        counted: false,
        slots: Vec::new(),
        text: String::new(),
        offset: 0,
        limit: PAGE,
    };
    loop {
        let page: ResponsePage = reach.call(Request::Responses(query.clone())).await?;
        let slots = page.responses.into_iter().map(|one| one.slot);
        found.extend(slots.filter(|slot| begun.iter().any(|one| slot.starts_with(*one))));
        query.offset = query.offset.saturating_add(PAGE);
        if query.offset >= page.total {
            break;
        }
    }
    let all: Vec<String> = found.into_iter().collect();
    let meant = wanted.into_iter().map(|one_wanted| {
        let starts = |slot: &String| slot.starts_with(&one_wanted);
        // A code that is typed in small letters and without gaps may look like a beginning.
        if !is_begun(&one_wanted) || (one_wanted.len() == CODE && !all.iter().any(starts)) {
            return Ok(one_wanted);
        }
        one("answer", &one_wanted, &all, |slot| slot, |_| "").cloned()
    });
    meant.collect()
}

fn missing(kind: &str, wanted: &str) -> anyhow::Error {
    ApiError::new(ErrorCode::NotFound, format!("no such {kind} here"))
        .about(wanted)
        .into()
}

/// The space meant; the only one (samples aside) when none is named.
pub(crate) async fn space(reach: &Reach, wanted: Option<&str>) -> anyhow::Result<String> {
    let spaces: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
    if let Some(wanted) = wanted {
        return one("space", wanted, &spaces, |s| &s.space, |s| &s.name).map(|s| s.space.clone());
    }
    let real: Vec<&SpaceSummary> = spaces.iter().filter(|space| !space.sample).collect();
    match (real.as_slice(), spaces.as_slice()) {
        ([only], _) => Ok(only.space.clone()),
        ([], [only]) => Ok(only.space.clone()),
        ([], []) => {
            Err(ApiError::new(ErrorCode::NotFound, "there is no space on this device yet").into())
        }
        _ => Err(ApiError::new(
            ErrorCode::BadInput,
            "there are several spaces; name one with --space",
        )
        .into()),
    }
}

/// All spaces, or the one named.
pub(crate) async fn spaces(reach: &Reach, wanted: Option<&str>) -> anyhow::Result<Vec<String>> {
    if wanted.is_some() {
        return Ok(vec![space(reach, wanted).await?]);
    }
    let spaces: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
    Ok(spaces.into_iter().map(|space| space.space).collect())
}

/// A consultation of a space.
pub(crate) async fn consultation(
    reach: &Reach,
    space: &str,
    wanted: &str,
) -> anyhow::Result<String> {
    let at = SpaceRef {
        space: space.to_owned(),
    };
    let list: Vec<ConsultationSummary> = reach.call(Request::Consultations(at)).await?;
    one(
        "consultation",
        wanted,
        &list,
        |c| &c.consultation,
        |c| &c.title,
    )
    .map(|c| c.consultation.clone())
}

/// A document of a space.
pub(crate) async fn document(reach: &Reach, space: &str, wanted: &str) -> anyhow::Result<String> {
    let at = SpaceRef {
        space: space.to_owned(),
    };
    let list: Vec<DocumentSummary> = reach.call(Request::Documents(at)).await?;
    one("document", wanted, &list, |d| &d.document, |d| &d.title).map(|d| d.document.clone())
}

/// A member of a space, by device or name.
pub(crate) async fn member(reach: &Reach, space: &str, wanted: &str) -> anyhow::Result<String> {
    let at = SpaceRef {
        space: space.to_owned(),
    };
    let list: Vec<MemberView> = reach
        .call(Request::Members(at))
        .await
        .context("listing members")?;
    one("member", wanted, &list, |m| &m.device, |m| &m.name).map(|m| m.device.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(wanted: &str) -> Option<&'static str> {
        let things = [
            ("abcdef", "Water"),
            ("abcxyz", "Road"),
            ("qqqqqq", "water"),
            ("zzzzzz", "Mill"),
        ];
        one("thing", wanted, &things, |t| t.0, |t| t.1)
            .ok()
            .map(|t| t.0)
    }

    #[test]
    fn ids_beginnings_and_names_are_found_when_only_one_fits() {
        assert_eq!(find("abcdef"), Some("abcdef"));
        assert_eq!(find("ABCX"), Some("abcxyz"));
        assert_eq!(find("mill"), Some("zzzzzz"));
        assert_eq!(find("abc"), None);
        assert_eq!(find("water"), None);
        assert_eq!(find("zz"), None);
        assert_eq!(find(""), None);
    }
}

//! The activity in a draft: its rule as one value, so that of two rules written apart one is taken
//! whole, never half of each; and what a project is, beside its option, where several people write.

use automerge::transaction::{Transactable as _, Transaction};
use automerge::{Automerge, AutomergeError, ObjId, ReadDoc};
use data_encoding::HEXLOWER;

use super::{full, list_at, map_at, number_at, set_number, set_text, text_at};
use crate::codec;
use crate::consultation::activity::{Activity, MAX_ABOUT, Project, Rule};
use crate::consultation::form::{MAX_LABEL, MAX_OPTIONS};

const VERSION: u8 = 1;
/// With how many options a ballot names at least.
const SECOND: u8 = 2;
const KEY: &str = "activity";
/// The longest rule, as hexadecimal digits: the gate takes no longer value.
const LONGEST: usize = crate::gate::MAX_VALUE;

/// Reads the activity; a survey where nothing is said of it, or nothing that this version reads.
pub(super) fn read(document: &Automerge, meta: &ObjId, questions: &ObjId) -> Activity {
    let written = text_at(document, meta, KEY, LONGEST);
    let mut activity = decoded(&written).unwrap_or_default();
    if let Rule::Budget(rule) = &mut activity.rule {
        rule.projects = projects(document, questions);
    }
    activity
}

fn decoded(written: &str) -> Option<Activity> {
    let bytes = HEXLOWER.decode(written.as_bytes()).ok()?;
    if let Ok((activity, least)) = codec::decode::<(Activity, u16)>(SECOND, &bytes) {
        return (least > 0).then_some(Activity { least, ..activity });
    }
    codec::decode::<Activity>(VERSION, &bytes).ok()
}

/// The rule without its projects, which stand beside their options, as it is written.
fn encoded(activity: &Activity) -> String {
    if activity.is_plain() {
        return String::new();
    }
    let mut pinned = activity.clone();
    if let Rule::Budget(rule) = &mut pinned.rule {
        rule.projects.clear();
    }
    let least = pinned.least;
    HEXLOWER.encode(&match least {
        0 => codec::encode(VERSION, &pinned),
        _ => codec::encode(SECOND, &(pinned, least)),
    })
}

/// Whether a draft can hold the rule.
pub(super) fn fits(activity: &Activity) -> bool {
    encoded(activity).len() <= LONGEST
}

fn projects(document: &Automerge, questions: &ObjId) -> Vec<Project> {
    let first = map_at(document, questions, 0);
    let Some(options) = first.and_then(|map| list_at(document, &map, "options")) else {
        return Vec::new();
    };
    let mut seen = std::collections::BTreeSet::new();
    (0..document.length(&options).min(MAX_OPTIONS))
        .filter_map(|at| {
            let map = map_at(document, &options, at)?;
            let number = |key| number_at(document, &map, key);
            let option = u16::try_from(number("id")?).ok()?;
            let text = |key, longest| text_at(document, &map, key, longest);
            let degrees = |key| number(key).and_then(|value| i32::try_from(value).ok());
            seen.insert(option).then(|| Project {
                option,
                cost: number("cost")
                    .and_then(|cost| u64::try_from(cost).ok())
                    .unwrap_or(0),
                about: text("about", MAX_ABOUT),
                area: text("area", MAX_LABEL),
                proposer: text("proposer", MAX_LABEL),
                evidence: text("evidence", MAX_LABEL),
                place: degrees("latitude").zip(degrees("longitude")),
            })
        })
        .collect()
}

/// Makes the document say `want`.
pub(super) fn write(
    to: &mut Transaction<'_>,
    meta: &ObjId,
    questions: &ObjId,
    want: &Activity,
) -> Result<(), AutomergeError> {
    let projects: &[Project] = match &want.rule {
        Rule::Budget(rule) => &rule.projects,
        Rule::Survey
        | Rule::Poll(_)
        | Rule::Election(_)
        | Rule::Petition(_)
        | Rule::Conversation(_) => &[],
    };
    let word = encoded(want);
    let written = text_at(to, meta, KEY, LONGEST);
    // What a newer version wrote is not taken away by who cannot read it.
    let newer = word.is_empty() && !written.is_empty() && decoded(&written).is_none();
    if word.len() <= LONGEST && written != word && !newer {
        to.put(meta, KEY, word)?;
    }
    let first = map_at(to, questions, 0);
    let Some(options) = first.and_then(|map| list_at(to, &map, "options")) else {
        return Ok(());
    };
    for project in projects {
        let map = (0..to.length(&options).min(MAX_OPTIONS)).find_map(|at| {
            let map = map_at(to, &options, at)?;
            (number_at(to, &map, "id") == Some(project.option.into())).then_some(map)
        });
        let Some(map) = map.filter(|_| !full(to)) else {
            continue;
        };
        set_number(to, &map, "cost", i64::try_from(project.cost).ok())?;
        for (key, text) in [
            ("about", &project.about),
            ("area", &project.area),
            ("proposer", &project.proposer),
            ("evidence", &project.evidence),
        ] {
            // Nothing is made for what nobody says.
            if !text.is_empty() || list_has(to, &map, key) {
                set_text(to, &map, key, text)?;
            }
        }
        let (latitude, longitude) = project.place.unzip();
        set_number(to, &map, "latitude", latitude.map(i64::from))?;
        set_number(to, &map, "longitude", longitude.map(i64::from))?;
    }
    Ok(())
}

fn list_has(document: &Transaction<'_>, map: &ObjId, key: &str) -> bool {
    matches!(document.get(map, key), Ok(Some(_)))
}

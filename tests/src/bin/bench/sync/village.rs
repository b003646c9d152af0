//! W3: ten devices in one hall, or as many as wanted. Everybody has one text open, writes in it, a burst of words at a
//! time, and enters fifty votes; then it is waited until all hold the same. What counts is the time
//! from handing in the last words, in a page that stays open: nothing is sealed before its time.

use std::io::Write as _;
use std::time::{Duration, Instant};

use majlis_tests::hall::Hall;
use majlis_tests::morning::{Used, used};
use majlis_tests::village::{Village, until};
use serde_json::{Value, json};

use super::{Sync, bound, process};
use crate::figure::{self, round};

const DEVICES: u64 = 10;
const VOTES: u64 = 50;
/// Bursts of words that each device writes.
const BURSTS: usize = 3;
/// Between two bursts.
const PAUSE: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) fn run(wanted: &Sync) {
    let devices = wanted.count.unwrap_or(DEVICES);
    let Some(hall) = Hall::open(u8::try_from(devices).unwrap()) else {
        return;
    };
    let mut people: Vec<Village> = hall.seats().map(|seat| Village::new(Some(seat))).collect();
    let founder = &people[0];
    founder.majlis(&["space", "new", "Ain Safa", "--as", "P0"]);
    let question = "single!:Where?:School|Market|Mosque";
    founder.majlis(&[
        "consultation",
        "new",
        "--title",
        "Well",
        "--question",
        question,
        "--open",
    ]);
    founder.majlis(&["doc", "new", "Minutes", "--text", "We met in the hall."]);
    let uses = devices.to_string();
    people.iter_mut().for_each(Village::serve);
    let invite = people[0].majlis(&["invite", "--rank", "facilitator", "--uses", &uses]);
    let ticket = invite["ticket"].as_str().unwrap();
    for (at, person) in people.iter().enumerate().skip(1) {
        person.majlis(&["join", ticket, "--as", &format!("P{at}")]);
    }
    until("everybody is in", || {
        people.iter().all(|person| {
            let members = person.run(&["members"]);
            let members: Value = serde_json::from_slice(&members.stdout).unwrap_or_default();
            let text = person.run(&["doc", "show", "Minutes"]);
            members.as_array().map(Vec::len) == Some(people.len()) && text.status.success()
        })
    });
    let mut lines = tempfile::NamedTempFile::new().unwrap();
    for vote in 0..VOTES {
        writeln!(lines, r#"{{"answers": {{"1": "{}"}}}}"#, vote % 3 + 1).unwrap();
    }
    let path = lines.path().to_str().unwrap();
    let heard = hall.heard();
    let last = std::thread::scope(|scope| {
        let writing: Vec<_> = people
            .iter()
            .enumerate()
            .map(|(at, person)| {
                scope.spawn(move || {
                    let mut page = Page::open(person);
                    for burst in 0..BURSTS {
                        page.types(&format!("{at}.{burst}: قال أهل الحي إن الماء أولًا. "));
                        std::thread::sleep(PAUSE);
                    }
                    person.majlis(&["respond", "Well", "--assisted", "spoken", "--file", path]);
                    let last = Instant::now();
                    page.types(&format!("{at}: end. "));
                    last
                })
            })
            .collect();
        let last = writing.into_iter().map(|one| one.join().unwrap());
        last.max().unwrap()
    });
    let mut seconds = Vec::new();
    for person in &people {
        let what = [text_of(person), process_of(person)];
        while !holds(person, &what, devices) {
            assert!(
                last.elapsed() < PATIENCE,
                "the hall does not come to the same"
            );
            std::thread::sleep(LOOK);
        }
        seconds.push(last.elapsed().as_secs_f64());
    }
    let heard = hall.heard() - heard;
    let processes = people.iter().filter_map(Village::process);
    let most = processes.filter_map(used).fold((0, 0.0_f64), |most, one| {
        (most.0.max(one.peak), most.1.max(one.cpu))
    });
    let verified: Vec<Value> = people.iter().map(Village::verified).collect();
    for digest in ["entries_digest", "projection_digest", "documents_digest"] {
        assert!(
            verified
                .iter()
                .all(|one| one[digest] == verified[0][digest]),
            "{digest}"
        );
    }
    // Everything there is has to reach nine others; what joining cost them before is in it too.
    people[0].kill();
    let least = bound::of_lanes(people[0].folder()) * (devices - 1);
    figure::print(
        wanted.json,
        &json!({
            "workload": "W3", "profile": "hall", "case": "village", "devices": devices,
            "votes_each": VOTES, "bursts_each": BURSTS + 1,
            "seconds_after_last_keystroke": round(seconds.into_iter().fold(0.0, f64::max)),
            "bytes_received_by_all": heard, "bound_received_by_all": least,
            "process": process(Used { peak: most.0, cpu: most.1 }),
        }),
    );
}

/// The text, open on a device as its person's page has it.
struct Page<'a> {
    person: &'a Village,
    editor: Value,
    session: Value,
    heads: Value,
}

impl<'a> Page<'a> {
    fn open(person: &'a Village) -> Self {
        let at = text_of(person);
        let opened = person.call("open_document", &at).unwrap();
        let (editor, heads) = (opened["editor"].clone(), opened["heads"].clone());
        let here = json!({ "editor": editor, "shown": true, "caret": null });
        person.call("show_presence", &here).unwrap();
        let begun = person
            .call("begin_editing", &json!({ "editor": editor }))
            .unwrap();
        Self {
            person,
            editor,
            session: begun["session"].clone(),
            heads,
        }
    }

    fn types(&mut self, text: &str) {
        let edit = json!({
            "editor": self.editor, "session": self.session, "base": self.heads,
            "edits": [{ "edit": "insert", "at": 1, "text": text }],
        });
        let applied = self.person.call("edit_document", &edit).unwrap();
        self.heads = applied["heads"].clone();
    }
}

/// Whether a device has every vote and the last words of everybody.
fn holds(person: &Village, [text, process]: &[Value; 2], devices: u64) -> bool {
    let text = person.call("document_at", text).unwrap().to_string();
    let ends = (0..devices).all(|at| text.contains(&format!("{at}: end.")));
    ends && person.call("results", process).unwrap()["counted"]["all"] == VOTES * devices
}

fn space_of(person: &Village) -> Value {
    person.call("spaces", &json!({})).unwrap()[0]["space"].clone()
}

/// The minutes, as calls name them.
fn text_of(person: &Village) -> Value {
    let space = space_of(person);
    let texts = person.call("documents", &json!({ "space": space }));
    let texts = texts.unwrap();
    let mut texts = texts.as_array().unwrap().iter();
    let minutes = texts.find(|text| text["title"] == "Minutes").unwrap();
    json!({ "space": space, "document": minutes["document"] })
}

/// The vote, as calls name it.
fn process_of(person: &Village) -> Value {
    let space = space_of(person);
    let processes = person.call("consultations", &json!({ "space": space }));
    json!({ "space": space, "consultation": processes.unwrap()[0]["consultation"] })
}

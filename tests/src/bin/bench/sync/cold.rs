//! W4: the program opens with a hundred thousand records and five hundred documents: time from its
//! start until its first lists are there, as the interface asks for them, and the memory it took.
//! The machine's own cache of files is warm.

use std::time::Instant;

use majlis_node::keys;
use majlis_store::Store;
use majlis_tests::device::Device;
use majlis_tests::morning::{self, used};
use majlis_tests::village::Village;
use serde_json::{Value, json};

use super::{Sync, devices, disk, process};
use crate::figure::{self, round};

const RECORDS: u64 = 100_000;
const DOCUMENTS: u64 = 500;
/// Starts, of which the middle one is told.
const STARTS: usize = 5;

pub(super) fn run(wanted: &Sync) {
    let records = wanted.count.unwrap_or(RECORDS);
    let documents = wanted.count.map_or(DOCUMENTS, |count| (count / 200).max(1));
    let mut village = Village::new(None).without_discovery();
    let founded = village.majlis(&["space", "new", "Ain Safa", "--as", "Amina"]);
    morning::open(&village);
    fill(&village, records);
    village.serve();
    for number in 0..documents {
        disk::document(&village, number);
    }
    village.kill();
    let space = village.majlis(&["space", "list"]);
    let space = space[0]["space"].as_str().map(str::to_owned);
    let space = space
        .or_else(|| founded["space"].as_str().map(str::to_owned))
        .unwrap();
    let at = json!({ "space": space });
    results(wanted, &mut village, &space, records);
    let mut starts = Vec::new();
    let mut said = 0;
    for _ in 0..STARTS {
        let began = Instant::now();
        village.serve();
        let up = began.elapsed();
        let spaces = village.call("spaces", &json!({})).unwrap();
        let first = began.elapsed();
        assert_eq!(spaces.as_array().map(Vec::len), Some(1));
        let listed = village.call("documents", &at).unwrap();
        assert_eq!(
            listed.as_array().map(|list| list.len() as u64),
            Some(documents + charter(&listed))
        );
        let asked = village.call("consultations", &at).unwrap();
        assert_eq!(asked[0]["answers"], records);
        said = listed.to_string().len() + asked.to_string().len();
        let lists = began.elapsed();
        let peak = used(village.process().unwrap()).unwrap_or_default();
        starts.push((first, up, lists, peak));
        village.kill();
    }
    starts.sort_by_key(|(first, ..)| *first);
    let (first, up, lists, peak) = starts[STARTS / 2];
    figure::print(
        wanted.json,
        &json!({
            "workload": "W4", "profile": "none", "case": "cold", "records": records,
            "documents": documents,
            "milliseconds_to_serve": round(up.as_secs_f64() * 1_000.0),
            "milliseconds_to_first_list": round(first.as_secs_f64() * 1_000.0),
            "milliseconds_to_documents_and_consultations": round(lists.as_secs_f64() * 1_000.0),
            // What the lists say has to be read at least, and held once.
            "bound_bytes_of_lists": said,
            "process": process(peak),
        }),
    );
}

/// What a person waits for who opens the results: the first time, and again after that.
fn results(wanted: &Sync, village: &mut Village, space: &str, records: u64) {
    village.serve();
    let listed = village
        .call("consultations", &json!({ "space": space }))
        .unwrap();
    let asked = json!({ "space": space, "consultation": listed[0]["consultation"] });
    let mut took = [0.0; 2];
    for took in &mut took {
        let began = Instant::now();
        let seen = village.call("results", &asked).unwrap();
        *took = round(began.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(seen["counted"]["all"], records);
    }
    let peak = used(village.process().unwrap()).unwrap_or_default();
    village.kill();
    figure::print(
        wanted.json,
        &json!({
            "workload": "W4", "profile": "none", "case": "results", "records": records,
            "milliseconds_first": took[0], "milliseconds_again": took[1],
            "process": process(peak),
        }),
    );
}

/// A charter is a document too, where it is listed.
fn charter(listed: &Value) -> u64 {
    let minutes = |row: &&Value| {
        row["title"]
            .as_str()
            .is_some_and(|title| title.starts_with("Minutes"))
    };
    let all = listed.as_array().unwrap();
    (all.len() - all.iter().filter(minutes).count()) as u64
}

/// Enters so many answers as this replica's own device, through the real space and store.
fn fill(village: &Village, records: u64) {
    let folder = village.folder();
    let store = Store::open(&folder.join("majlis.sqlite")).unwrap();
    let id = store.spaces().unwrap()[0];
    let mut device = Device::open(id, store, keys::open(folder, None).unwrap().device);
    let (lane, form) = majlis_tests::crowd::opened(&device);
    for number in 0..records {
        device.does(majlis_core::space::Command::Record {
            lane,
            record: Box::new(devices::response(&form, number)),
            seal: number % 30 == 29,
        });
    }
    device.does(majlis_core::space::Command::Seal);
}

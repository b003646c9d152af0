//! Carry files: whole, cut off at every byte, bent at every byte, glued and foreign.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::path::PathBuf;

use super::*;

fn head() -> CarryHead {
    CarryHead {
        space: [7; 32],
        name: "مجلس الحي".to_owned(),
        made_ms: 1_790_000_000_000,
        part: 1,
        entries: 12,
        ..CarryHead::default()
    }
}

fn runs() -> Vec<Vec<u8>> {
    vec![
        b"first".to_vec(),
        vec![0xf4; 40],
        RUN.to_vec(),
        b"\0".to_vec(),
        vec![9; 100],
    ]
}

fn written(runs: &[Vec<u8>]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.majlis");
    let mut writer = CarryWriter::create(&path, head()).unwrap();
    for run in runs {
        writer.add(run).unwrap();
    }
    assert_eq!(writer.finish().unwrap().runs as usize, runs.len());
    (folder, path)
}

fn bytes(runs: &[Vec<u8>]) -> Vec<u8> {
    let (_folder, path) = written(runs);
    std::fs::read(path).unwrap()
}

/// All whole runs, and how it ended.
fn read(file: &[u8]) -> (Vec<Vec<u8>>, Result<(), CarryError>) {
    let mut reader = match CarryReader::new(file) {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut runs = Vec::new();
    loop {
        match reader.next_run() {
            Ok(Some(run)) => runs.push(run),
            Ok(None) => return (runs, Ok(())),
            Err(error) => {
                assert!(matches!(reader.next_run(), Ok(None)), "the end comes once");
                return (runs, Err(error));
            }
        }
    }
}

/// Where each run begins in a file of `runs`.
fn starts(runs: &[Vec<u8>]) -> Vec<usize> {
    let mut at = 2 * head::SIZE;
    let mut starts = Vec::new();
    for run in runs {
        starts.push(at);
        at += RUN_HEAD + run.len();
    }
    starts.push(at);
    starts
}

#[test]
fn what_is_written_is_read() {
    for runs in [
        vec![],
        runs(),
        vec![vec![1; MAX_CARRY_RUN], vec![2; 200_000]],
    ] {
        let (_folder, path) = written(&runs);
        let mut reader = CarryReader::open(&path).unwrap();
        let sum: usize = runs.iter().map(Vec::len).sum();
        let want = CarryHead {
            runs: u32::try_from(runs.len()).unwrap(),
            bytes: u64::try_from(sum).unwrap(),
            ..head()
        };
        assert_eq!(*reader.head(), want);
        for run in &runs {
            assert_eq!(reader.next_run().unwrap().unwrap(), *run);
        }
        assert!(reader.next_run().unwrap().is_none());
    }
}

#[test]
fn the_head_is_read_alone() {
    let file = bytes(&runs());
    let mut start = &file[..2 * head::SIZE];
    assert_eq!(CarryHead::read(&mut start).unwrap().name, "مجلس الحي");
}

#[test]
fn a_file_cut_off_at_any_byte_gives_its_whole_runs() {
    let runs = runs();
    let (file, starts) = (bytes(&runs), starts(&runs));
    for cut in 0..file.len() {
        let (came, ended) = read(&file[..cut]);
        let whole = starts[1..].iter().filter(|end| **end <= cut).count();
        assert_eq!(came, runs[..whole], "cut at {cut}");
        let good = u32::try_from(whole).unwrap();
        assert!(
            matches!(ended, Err(CarryError::Truncated { good: told }) if told == good),
            "cut at {cut}: {ended:?}"
        );
    }
}

#[test]
fn a_bent_bit_costs_one_run_at_most() {
    let runs = runs();
    let (file, starts) = (bytes(&runs), starts(&runs));
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut bent = file.clone();
            bent[at] ^= 1 << bit;
            let (came, ended) = read(&bent);
            if at < 2 * head::SIZE {
                // The other copy of the head serves.
                assert_eq!(came, runs, "bent at {at}");
                assert!(ended.is_ok(), "bent at {at}: {ended:?}");
                continue;
            }
            let hit = starts.iter().rposition(|start| *start <= at).unwrap();
            let mut want = runs.clone();
            if hit < runs.len() {
                want.remove(hit);
                let good = u32::try_from(want.len()).unwrap();
                let told =
                    matches!(ended, Err(CarryError::Damaged { good: g, bad: 1 }) if g == good);
                assert!(told, "bent at {at}: {ended:?}");
            } else {
                // Without its end, a file cannot be told from one that was cut off.
                assert!(
                    matches!(ended, Err(CarryError::Truncated { good: 5 })),
                    "{ended:?}"
                );
            }
            assert_eq!(came, want, "bent at {at}, bit {bit}");
        }
    }
}

#[test]
fn bytes_lost_or_added_in_the_middle_cost_one_run() {
    let runs = runs();
    let (file, starts) = (bytes(&runs), starts(&runs));
    let middle = starts[1] + RUN_HEAD + 5;
    let mut want = runs.clone();
    want.remove(1);
    let lost = [&file[..middle], &file[middle + 3..]].concat();
    let added = [&file[..middle], &[1, 2, 3], &file[middle..]].concat();
    for bent in [lost, added] {
        let (came, ended) = read(&bent);
        assert_eq!(came, want);
        assert!(
            matches!(ended, Err(CarryError::Damaged { good: 4, bad: 1 })),
            "{ended:?}"
        );
    }
    // Whole runs gone without a trace are still missed.
    let gone = [&file[..starts[1]], &file[starts[3]..]].concat();
    let (came, ended) = read(&gone);
    assert_eq!(came, [&runs[..1], &runs[3..]].concat());
    assert!(
        matches!(ended, Err(CarryError::Damaged { good: 3, bad: 2 })),
        "{ended:?}"
    );
}

#[test]
fn both_copies_of_the_head_gone_is_damage() {
    let mut file = bytes(&runs());
    file[20] ^= 1;
    file[head::SIZE + 20] ^= 1;
    assert!(matches!(
        read(&file).1,
        Err(CarryError::Damaged { good: 0, bad: 0 })
    ));
}

#[test]
fn noise_never_panics_and_gives_nothing() {
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..2_000 {
        let mut file = bytes_of_head();
        for _ in 0..random.usize(..400) {
            file.push(random.u8(..));
        }
        if round % 2 == 0 {
            file.extend_from_slice(&RUN);
            for _ in 0..random.usize(..200) {
                file.push(random.u8(..));
            }
        }
        let (came, ended) = read(&file);
        assert!(came.is_empty());
        assert!(ended.is_err());
    }
}

fn bytes_of_head() -> Vec<u8> {
    head().to_bytes()
}

#[test]
fn a_file_of_false_marks_is_given_up() {
    let whole = bytes(&runs());
    let mut file = head().to_bytes();
    // Each mark promises a run of the largest size, which would have to be checked.
    let length = u32::try_from(MAX_CARRY_RUN).unwrap().to_le_bytes();
    let false_mark = [&RUN[..], &[0; 4], &length, &[0; CHECK]].concat();
    for _ in 0..70_000 {
        file.extend_from_slice(&false_mark);
    }
    file.extend_from_slice(&whole[2 * head::SIZE..]);
    let (came, ended) = read(&file);
    assert!(came.is_empty(), "what comes after is not worth the time");
    assert!(
        matches!(ended, Err(CarryError::Damaged { good: 0, .. })),
        "{ended:?}"
    );
    // A few of them are passed over.
    let few = [
        &head().to_bytes()[..],
        &false_mark.repeat(20),
        &whole[2 * head::SIZE..],
    ]
    .concat();
    assert_eq!(read(&few).0, runs());
}

#[test]
fn other_files_are_told_apart() {
    for file in [
        &b"PK\x03\x04"[..],
        b"hello",
        &[0; 5_000],
        b"\x89PNG\r\n\x1a\n................",
    ] {
        assert!(matches!(read(file).1, Err(CarryError::NotOurs)));
    }
    let mut newer = bytes(&runs());
    newer[8] = 2;
    newer[head::SIZE + 8] = 2;
    assert!(matches!(read(&newer).1, Err(CarryError::Newer)));
}

#[test]
fn sizes_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.majlis");
    let mut writer = CarryWriter::create(&path, head()).unwrap();
    assert!(matches!(writer.add(&[]), Err(CarryError::RunSize(0))));
    let big = vec![0; MAX_CARRY_RUN + 1];
    assert!(matches!(writer.add(&big), Err(CarryError::RunSize(_))));
    writer.add(b"fits").unwrap();
    assert_eq!(writer.head().runs, 1);
    writer.finish().unwrap();
    // A length beyond the limit in a file is damage, and nothing is allocated for it.
    let mut file = bytes(&runs());
    let at = starts(&runs())[0] + RUN.len() + 4;
    file[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&file).0, runs()[1..]);
}

#[test]
fn a_long_name_is_cut_at_a_character() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.majlis");
    let name = "م".repeat(100);
    let writer = CarryWriter::create(&path, CarryHead { name, ..head() }).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        CarryReader::open(&path).unwrap().head().name,
        "م".repeat(60)
    );
}

#[test]
fn an_unfinished_file_leaves_what_was_there() {
    let (folder, path) = written(&runs());
    let mut writer = CarryWriter::create(&path, head()).unwrap();
    writer.add(b"half").unwrap();
    drop(writer);
    assert_eq!(read(&std::fs::read(&path).unwrap()).0, runs());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_stays_on_the_card_is_replaced_whole() {
    let (folder, path) = written(&runs());
    let mut writer = CarryWriter::create(&path, head()).unwrap();
    writer.add(b"new").unwrap();
    writer.finish().unwrap();
    assert_eq!(read(&std::fs::read(&path).unwrap()).0, [b"new".to_vec()]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

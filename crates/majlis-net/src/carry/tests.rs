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
    }
}

fn runs() -> Vec<Vec<u8>> {
    vec![
        b"first".to_vec(),
        vec![0xf4; 40],
        RUN.to_vec(),
        b"\0".to_vec(),
        vec![PIECES; 100],
    ]
}

/// What a run of pieces begins with here, and no other.
const PIECES: u8 = 9;
const SAID: &[u8] = b"what the file holds";

fn write(path: &std::path::Path, runs: &[Vec<u8>]) {
    let mut writer = CarryWriter::create(path, &head(), MAX_CARRY_FILE).unwrap();
    for run in runs {
        match run.first() {
            Some(&PIECES) => writer.add_media(run, SAID.len()).unwrap(),
            _ => writer.add(run, SAID.len()).unwrap(),
        }
    }
    assert_eq!(
        writer.bytes() as usize,
        runs.iter().map(Vec::len).sum::<usize>()
    );
    writer.finish(SAID, path).unwrap();
}

fn written(runs: &[Vec<u8>]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.majlis");
    write(&path, runs);
    (folder, path)
}

fn bytes(runs: &[Vec<u8>]) -> Vec<u8> {
    let (_folder, path) = written(runs);
    std::fs::read(path).unwrap()
}

type Bytes = Vec<Vec<u8>>;

/// All whole runs, all manifests that fit what stands before them, and how it ended.
fn read_all(file: &[u8]) -> (Bytes, Bytes, Result<(), CarryError>) {
    let mut reader = match CarryReader::new(file) {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), Vec::new(), Err(error)),
    };
    let (mut runs, mut manifests) = (Vec::new(), Vec::new());
    loop {
        match reader.next_block() {
            Ok(Some(Block::Run(run))) if run.first() != Some(&PIECES) => runs.push(run),
            Ok(Some(Block::Media(run))) if run.first() == Some(&PIECES) => runs.push(run),
            Ok(Some(Block::Run(run) | Block::Media(run))) => panic!("another kind: {run:?}"),
            Ok(Some(Block::Manifest { bytes, .. })) => manifests.push(bytes),
            Ok(None) => return (runs, manifests, Ok(())),
            Err(error) => {
                assert!(
                    matches!(reader.next_block(), Ok(None)),
                    "the end comes once"
                );
                return (runs, manifests, Err(error));
            }
        }
    }
}

fn read(file: &[u8]) -> (Vec<Vec<u8>>, Result<(), CarryError>) {
    let (runs, _, ended) = read_all(file);
    (runs, ended)
}

/// Where each block begins in a file of `runs`, then its end, then the end of all.
fn starts(runs: &[Vec<u8>]) -> Vec<usize> {
    let mut at = 2 * head::SIZE;
    let mut starts = Vec::new();
    for length in runs.iter().map(Vec::len).chain([SAID.len()]) {
        starts.push(at);
        at += BLOCK_HEAD + length;
    }
    starts.extend([at, at + END_SIZE]);
    starts
}

/// Adds a section behind what is there, as a program does.
fn append(path: &std::path::Path, runs: &[Vec<u8>]) {
    let mut reader = CarryReader::open(path).unwrap();
    while let Ok(Some(_)) = reader.next_block() {}
    let mut writer = CarryWriter::append(path, reader.place(), MAX_CARRY_FILE).unwrap();
    for run in runs {
        writer.add(run, SAID.len()).unwrap();
    }
    writer.finish(SAID, path).unwrap();
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
        assert_eq!(*reader.head(), head());
        for run in &runs {
            let block = match run.first() {
                Some(&PIECES) => Block::Media(run.clone()),
                _ => Block::Run(run.clone()),
            };
            assert_eq!(reader.next_block().unwrap(), Some(block));
        }
        let before = reader.place().digest;
        let bytes = SAID.to_vec();
        let manifest = Block::Manifest { bytes, before };
        assert_eq!(reader.next_block().unwrap(), Some(manifest));
        assert!(reader.next_block().unwrap().is_none());
        assert!(reader.has_ended() && reader.is_sound());
        assert_eq!(
            reader.place().offset,
            std::fs::metadata(&path).unwrap().len()
        );
    }
}

#[test]
fn the_writer_knows_the_digest_that_readers_find() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.majlis");
    let mut writer = CarryWriter::create(&path, &head(), MAX_CARRY_FILE).unwrap();
    writer.add(b"one", 0).unwrap();
    let digest = writer.place().digest;
    writer.finish(SAID, &path).unwrap();
    let mut reader = CarryReader::open(&path).unwrap();
    reader.next_block().unwrap();
    assert!(matches!(
        reader.next_block().unwrap(),
        Some(Block::Manifest { before, .. }) if before == digest
    ));
}

#[test]
fn the_last_manifest_is_found_without_what_stands_between() {
    let (_folder, path) = written(&runs());
    assert_eq!(last_manifest(&path).unwrap(), (head(), Some(SAID.to_vec())));
    let mut file = std::fs::read(&path).unwrap();
    // Damage in between is not looked at.
    file[starts(&runs())[1] + 50] ^= 1;
    std::fs::write(&path, &file).unwrap();
    assert_eq!(last_manifest(&path).unwrap().1, Some(SAID.to_vec()));
    let manifest = starts(&runs())[5];
    for at in manifest..file.len() {
        let mut bent = file.clone();
        bent[at] ^= 1;
        std::fs::write(&path, &bent).unwrap();
        assert_eq!(
            last_manifest(&path).unwrap(),
            (head(), None),
            "bent at {at}"
        );
        std::fs::write(&path, &file[..at]).unwrap();
        assert_eq!(last_manifest(&path).unwrap(), (head(), None), "cut at {at}");
    }
}

#[test]
fn a_file_cut_off_at_any_byte_gives_its_whole_runs() {
    let runs = runs();
    let (file, starts) = (bytes(&runs), starts(&runs));
    for cut in 0..file.len() {
        let (came, ended) = read(&file[..cut]);
        let whole = starts[1..7].iter().filter(|end| **end <= cut).count();
        assert_eq!(came, runs[..whole.min(5)], "cut at {cut}");
        let good = u32::try_from(whole).unwrap();
        match ended {
            Err(CarryError::Empty) => assert_eq!(cut, 0),
            Err(CarryError::Truncated { good: told }) => assert_eq!(told, good, "cut at {cut}"),
            other => panic!("cut at {cut}: {other:?}"),
        }
    }
}

#[test]
fn a_bent_bit_costs_one_block_at_most() {
    let runs = runs();
    let (file, starts) = (bytes(&runs), starts(&runs));
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut bent = file.clone();
            bent[at] ^= 1 << bit;
            let (came, manifests, ended) = read_all(&bent);
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
            }
            assert_eq!(came, want, "bent at {at}, bit {bit}");
            assert_eq!(manifests.len(), usize::from(hit != runs.len()));
            let told = match ended {
                Err(CarryError::Damaged { good: 5, bad: 1 }) => hit <= runs.len(),
                // Without its end, a file cannot be told from one that was cut off.
                Err(CarryError::Truncated { good: 6 }) => hit > runs.len(),
                _ => false,
            };
            assert!(told, "bent at {at}: {ended:?}");
        }
    }
}

#[test]
fn bytes_lost_or_added_in_the_middle_cost_one_run() {
    let runs = runs();
    let (file, starts) = (bytes(&runs), starts(&runs));
    let middle = starts[1] + BLOCK_HEAD + 5;
    let mut want = runs.clone();
    want.remove(1);
    let lost = [&file[..middle], &file[middle + 3..]].concat();
    let added = [&file[..middle], &[1, 2, 3], &file[middle..]].concat();
    for bent in [lost, added] {
        let (came, ended) = read(&bent);
        assert_eq!(came, want);
        assert!(
            matches!(ended, Err(CarryError::Damaged { good: 5, bad: 1 })),
            "{ended:?}"
        );
    }
    // Whole runs gone without a trace are still missed.
    let gone = [&file[..starts[1]], &file[starts[3]..]].concat();
    let (came, ended) = read(&gone);
    assert_eq!(came, [&runs[..1], &runs[3..]].concat());
    assert!(
        matches!(ended, Err(CarryError::Damaged { good: 4, bad: 2 })),
        "{ended:?}"
    );
}

#[test]
fn a_further_section_leaves_what_is_there_as_it_was() {
    let (_folder, path) = written(&runs());
    let old = std::fs::read(&path).unwrap();
    append(&path, &[b"more".to_vec()]);
    let file = std::fs::read(&path).unwrap();
    assert_eq!(file[..old.len()], old);
    let all = [&runs()[..], &[b"more".to_vec()]].concat();
    let (came, manifests, ended) = read_all(&file);
    assert_eq!((came, manifests.len()), (all.clone(), 2));
    assert!(ended.is_ok(), "{ended:?}");
    // Power fails at any byte of it: the old section is whole, and is added to again.
    for cut in old.len()..file.len() {
        std::fs::write(&path, &file[..cut]).unwrap();
        let (came, manifests, ended) = read_all(&file[..cut]);
        assert!(came.starts_with(&runs()), "cut at {cut}");
        assert!(!manifests.is_empty(), "cut at {cut}");
        match ended {
            Ok(()) => assert_eq!(cut, old.len()),
            Err(CarryError::Truncated { .. }) => assert!(cut > old.len()),
            other => panic!("cut at {cut}: {other:?}"),
        }
        let lacks = all.len() - came.len();
        append(&path, &all[all.len() - lacks..]);
        let (came, _, ended) = read_all(&std::fs::read(&path).unwrap());
        assert_eq!(came, all, "cut at {cut}");
        assert!(ended.is_ok(), "cut at {cut}: {ended:?}");
    }
}

#[test]
fn a_section_that_is_not_finished_is_cut_away() {
    let (_folder, path) = written(&runs());
    let old = std::fs::read(&path).unwrap();
    let mut reader = CarryReader::open(&path).unwrap();
    while let Ok(Some(_)) = reader.next_block() {}
    let mut writer = CarryWriter::append(&path, reader.place(), MAX_CARRY_FILE).unwrap();
    writer.add(b"half", 0).unwrap();
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), old);
}

#[test]
fn reading_goes_on_at_a_place_noted_before() {
    let (_folder, path) = written(&runs());
    let mut whole = CarryReader::open(&path).unwrap();
    let mut places = vec![whole.place()];
    while whole.next_block().unwrap().is_some() {
        places.push(whole.place());
    }
    for (number, place) in places.iter().enumerate() {
        let mut reader = CarryReader::open_at(&path, *place).unwrap();
        let mut left = 0;
        while let Some(block) = reader.next_block().unwrap() {
            left += 1;
            if let Block::Manifest { before, .. } = block {
                assert_eq!(before, places[5].digest);
            }
        }
        assert_eq!(left, 6 - number);
        assert!(reader.is_sound());
    }
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
    let mut writer = CarryWriter::create(&path, &head(), 1_000).unwrap();
    assert!(matches!(writer.add(&[], 0), Err(CarryError::BlockSize(0))));
    let big = vec![0; MAX_CARRY_RUN + 1];
    assert!(matches!(writer.add(&big, 0), Err(CarryError::BlockSize(_))));
    writer.add(b"fits", 0).unwrap();
    // Beyond the limit nothing is written, and room is left for what comes last.
    assert!(matches!(writer.add(&[0; 600], 0), Err(CarryError::Full)));
    assert!(matches!(writer.add(&[0; 100], 400), Err(CarryError::Full)));
    writer.add(&[0; 100], SAID.len()).unwrap();
    writer.finish(SAID, &path).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() <= 1_000);
    // A length beyond the limit in a file is damage, and nothing is allocated for it.
    for (block, mark) in [(0, RUN), (5, MANIFEST)] {
        let mut file = bytes(&runs());
        let at = starts(&runs())[block] + mark.len() + 4;
        file[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&file).0, runs()[usize::from(block == 0)..]);
    }
}

#[test]
fn a_long_name_is_cut_at_a_character() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.majlis");
    let name = "م".repeat(100);
    let head = CarryHead { name, ..head() };
    let writer = CarryWriter::create(&path, &head, MAX_CARRY_FILE).unwrap();
    writer.finish(SAID, &path).unwrap();
    let read = last_manifest(&path).unwrap().0;
    assert_eq!(read.name, "م".repeat(60));
}

#[test]
fn an_unfinished_file_leaves_what_was_there() {
    let (folder, path) = written(&runs());
    let mut writer = CarryWriter::create(&path, &head(), MAX_CARRY_FILE).unwrap();
    writer.add(b"half", 0).unwrap();
    drop(writer);
    assert_eq!(read(&std::fs::read(&path).unwrap()).0, runs());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_new_file_replaces_one_of_its_name_whole() {
    let (folder, path) = written(&runs());
    write(&path, &[b"new".to_vec()]);
    assert_eq!(read(&std::fs::read(&path).unwrap()).0, [b"new".to_vec()]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

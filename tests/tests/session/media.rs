//! Photos and sounds between devices: in pieces, by whoever lacks them, after everything else.

use majlis_core::blob::{Blob, PIECE, Part, Photo};
use majlis_core::consultation::Answer;
use majlis_core::effect::HangUp;
use majlis_core::id::{FormId, QuestionId};
use majlis_core::record::{Known, Record, Response, Speaker};
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{Command, CommandError, Input, MediaPolicy, Reply};
use majlis_core::sync::media::{CarriedPieces, MediaRunWriter, read_media_run};
use majlis_core::sync::message::{Message, decode, encode};
use majlis_tests::town::{Fate, Resident};

use super::{LINK, Talk, invite, joiner, meet, order, pair, process, same, say_on};

fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..len).map(|_| rng.u8(..)).collect()
}

fn keep(who: &mut Resident, bytes: Vec<u8>) -> Blob {
    match order(who, Command::KeepBlob(bytes)) {
        Some(Reply::Blob(blob)) => blob,
        other => panic!("not kept: {other:?}"),
    }
}

fn answer(photo: Photo, salt: u8) -> Command {
    let response = Response {
        form: FormId::from_bytes([1; 32]),
        speaker: Speaker::Known(Known::Own {
            supersedes: Vec::new(),
            salt: [salt; 8],
        }),
        answers: vec![(QuestionId::from_bytes([7; 8]), Answer::Photo(photo))],
    };
    Command::Record {
        lane: process(),
        record: Box::new(Record::Response(response)),
        seal: true,
    }
}

/// Answers with a photo of so many bytes.
pub(super) fn photo(who: &mut Resident, seed: u8, len: usize) -> Photo {
    let photo = Photo {
        preview: keep(who, bytes(u64::from(seed) + 1_000, 3_000)),
        full: keep(who, bytes(seed.into(), len)),
    };
    order(who, answer(photo, seed)).unwrap();
    photo
}

pub(super) fn has(who: &Resident, blob: Blob) -> bool {
    let whole = who.disk.whole_blob(who.space.id(), blob).unwrap();
    whole.is_some_and(|bytes| Blob::of(&bytes) == Some(blob))
}

fn held(who: &Resident, blob: Blob) -> u32 {
    let here = who.disk.shelf(who.space.id()).blob(blob).unwrap();
    here.map_or(0, |here| here.held)
}

fn pieces_of(frame: &[u8]) -> usize {
    match decode(frame) {
        Ok((_, Message::Media { pieces, .. })) => pieces.len(),
        _ => 0,
    }
}

#[test]
fn a_photo_goes_where_its_answer_goes_and_the_author_hears_of_it() {
    let (mut ana, mut bo) = pair();
    let photo = photo(&mut bo, 1, 100_000);
    let figures = |who: &Resident| who.disk.blob_figures(who.space.id()).unwrap();
    assert_eq!((figures(&bo).whole, figures(&bo).only_here), (1, 1));
    assert_eq!(meet(&mut bo, &mut ana, 2).ended, None);
    assert!(has(&ana, photo.full) && has(&ana, photo.preview));
    assert_eq!((figures(&bo).only_here, figures(&ana).whole), (0, 1));
    assert_eq!(ana.space.media_missing(), (0, 0));
    // And goes on from there to somebody whom the author never meets.
    let ticket = invite(&mut ana, 51, 9);
    let mut cy = joiner(&ana, 3, ticket, 51);
    assert_eq!(meet(&mut cy, &mut ana, 3).ended, None);
    assert!(has(&cy, photo.full) && has(&cy, photo.preview));
    // With all of it everywhere, a meeting is as short as ever.
    meet(&mut bo, &mut ana, 4);
    let quiet = meet(&mut bo, &mut ana, 5);
    assert_eq!(quiet.frames, 2);
}

#[test]
fn a_link_cut_at_any_frame_costs_the_piece_on_its_way_and_no_more() {
    for frames in [8, 9, 11, 14] {
        let (mut ana, mut bo) = pair();
        let photos: Vec<Photo> = (0..3).map(|seed| photo(&mut bo, seed, 90_000)).collect();
        let all = |who: &Resident| {
            photos
                .iter()
                .all(|one| has(who, one.full) && has(who, one.preview))
        };
        let (mut arrived, mut meetings) = (0, 0);
        while !all(&ana) {
            meetings += 1;
            assert!(meetings < 400, "it gets nowhere with {frames} frames");
            let mut talk = Talk::begin(&mut bo, &mut ana, 100 + meetings);
            for _ in 0..frames {
                arrived += talk.queue.front().map_or(0, |(_, frame)| pieces_of(frame));
                talk.go_on_for(1, &mut bo, &mut ana);
            }
            assert_eq!(talk.ended, None);
            let _ = talk.end(&mut bo, &mut ana);
            if meetings % 4 == 0 {
                ana.restart();
                bo.restart();
            }
        }
        assert!(meetings > 3, "it was cut");
        assert_eq!(arrived, 3 * (90_000 + 3_000), "every piece arrived once");
        assert!(same(&ana, &bo));
    }
}

#[test]
fn small_pictures_come_before_large_ones_and_only_they_when_that_was_chosen() {
    let (mut ana, mut bo) = pair();
    order(&mut ana, Command::Media(MediaPolicy::Previews)).unwrap();
    let photos: Vec<Photo> = (0..4).map(|seed| photo(&mut bo, seed, 30_000)).collect();
    meet(&mut bo, &mut ana, 2);
    for one in &photos {
        assert!(has(&ana, one.preview));
        assert_eq!(held(&ana, one.full), 0);
    }
    // Somebody looks at one: that one comes.
    order(&mut ana, Command::FetchBlob(photos[2].full)).unwrap();
    meet(&mut bo, &mut ana, 3);
    let whole: Vec<bool> = photos.iter().map(|one| has(&ana, one.full)).collect();
    assert_eq!(whole, [false, false, true, false]);
    order(&mut ana, Command::Media(MediaPolicy::All)).unwrap();
    meet(&mut bo, &mut ana, 4);
    assert!(photos.iter().all(|one| has(&ana, one.full)));
    // All are wanted: the small ones come first.
    let more: Vec<Photo> = (10..16).map(|seed| photo(&mut bo, seed, 30_000)).collect();
    let mut talk = Talk::begin(&mut bo, &mut ana, 5);
    while !more.iter().all(|one| has(&ana, one.preview)) {
        talk.go_on_for(1, &mut bo, &mut ana);
        assert!(!talk.queue.is_empty());
    }
    assert!(more.iter().all(|one| !has(&ana, one.full)));
    talk.go_on(&mut bo, &mut ana);
    assert!(more.iter().all(|one| has(&ana, one.full)));
}

#[test]
fn an_answer_does_not_wait_for_a_photo() {
    let (mut ana, mut bo) = pair();
    photo(&mut bo, 1, 1_000_000);
    let mut talk = Talk::begin(&mut bo, &mut ana, 2);
    let begun = |talk: &Talk| talk.queue.iter().any(|(_, frame)| pieces_of(frame) > 0);
    while !begun(&talk) {
        talk.go_on_for(1, &mut bo, &mut ana);
    }
    let entry = say_on(&mut talk, true, &mut bo, 5);
    let mut before = 0;
    while !ana.stores(entry) {
        before += talk.queue.front().map_or(0, |(_, frame)| pieces_of(frame));
        talk.go_on_for(1, &mut bo, &mut ana);
    }
    assert!(
        before <= 8 * 1024,
        "{before} bytes of a photo went before it"
    );
}

#[test]
fn one_who_lacks_a_photo_fetches_it_from_one_of_two_who_have_it() {
    let (mut ana, mut bo) = pair();
    let one = photo(&mut bo, 1, 80_000);
    let ticket = invite(&mut ana, 51, 9);
    meet(&mut bo, &mut ana, 2);
    let mut cy = joiner(&ana, 3, ticket, 51);
    // Cy knows the answer from Ana over a link that broke before the photo.
    order(&mut cy, Command::Media(MediaPolicy::Nothing));
    meet(&mut cy, &mut ana, 3);
    assert!(same(&cy, &ana) && held(&cy, one.full) == 0);
    meet(&mut bo, &mut ana, 4);
    order(&mut cy, Command::Media(MediaPolicy::All)).unwrap();
    let links = [10_u64, 11];
    let mut others = [ana, bo];
    let mut queue = std::collections::VecDeque::new();
    for (at, link) in links.iter().enumerate() {
        let binding = *majlis_core::id::PayloadHash::of(&link.to_be_bytes()).as_bytes();
        let ends = |link, transport, dialled| majlis_core::sync::session::Ends {
            link,
            binding,
            transport,
            dialled,
        };
        let id = majlis_core::effect::LinkId(*link);
        let up = Input::LinkUp(ends(id, others[at].transport(), true));
        queue.extend(
            cy.step(up, 0, Fate::Lives)
                .sends
                .into_iter()
                .map(|(_, frame)| (at, true, frame)),
        );
        let up = Input::LinkUp(ends(LINK, cy.transport(), false));
        let sends = others[at].step(up, 0, Fate::Lives).sends;
        queue.extend(sends.into_iter().map(|(_, frame)| (at, false, frame)));
    }
    let mut came = 0;
    while let Some((at, to_other, bytes)) = queue.pop_front() {
        if to_other {
            let sends = others[at]
                .step(Input::Frame { link: LINK, bytes }, 0, Fate::Lives)
                .sends;
            queue.extend(sends.into_iter().map(|(_, frame)| (at, false, frame)));
        } else {
            came += pieces_of(&bytes);
            let link = majlis_core::effect::LinkId(links[at]);
            let outcome = cy.step(Input::Frame { link, bytes }, 0, Fate::Lives);
            for (link, frame) in outcome.sends {
                let at = links.iter().position(|one| *one == link.0).unwrap();
                queue.push_back((at, true, frame));
            }
        }
    }
    assert!(has(&cy, one.full) && has(&cy, one.preview));
    assert_eq!(came, 83_000, "each piece came once, from whichever");
}

/// Hands frames over with one of them changed: the first that `change` gives another for.
fn meet_with(
    change: impl Fn(&Message) -> Option<Message>,
    ana: &mut Resident,
    bo: &mut Resident,
    link: u64,
) -> Option<(bool, HangUp)> {
    let mut talk = Talk::begin(bo, ana, link);
    let mut changed = false;
    while let Some((from_bo, frame)) = talk.queue.front_mut() {
        if *from_bo && !changed {
            let (number, message) = decode(frame).unwrap();
            if let Some(other) = change(&message) {
                *frame = encode(number, &other);
                changed = true;
            }
        }
        talk.go_on_for(1, bo, ana);
        if talk.ended.is_some() {
            break;
        }
    }
    assert!(changed);
    talk.end(bo, ana).ended
}

#[test]
fn a_peer_that_sends_something_else_is_hung_up_on_and_nothing_of_it_is_kept() {
    let (mut ana, mut bo) = pair();
    let one = photo(&mut bo, 1, 50_000);
    let wrong_byte = |message: &Message| match message {
        Message::Media { pieces, thank } if pieces.len() >= PIECE as usize => {
            let mut pieces = pieces.clone();
            pieces[100] ^= 1;
            Some(Message::Media {
                pieces,
                thank: *thank,
            })
        }
        _ => None,
    };
    let wrong_pieces = |message: &Message| match message {
        Message::Pieces { pieces, thank } => {
            let mut pieces = pieces.clone();
            pieces[40] ^= 1;
            Some(Message::Pieces {
                pieces,
                thank: *thank,
            })
        }
        _ => None,
    };
    let half_a_piece = |message: &Message| match message {
        Message::Media { pieces, thank } if pieces.len() >= PIECE as usize => {
            Some(Message::Media {
                pieces: pieces[..1_000].to_vec().into(),
                thank: *thank,
            })
        }
        _ => None,
    };
    let violation = Some((false, HangUp::Violation));
    assert_eq!(meet_with(wrong_pieces, &mut ana, &mut bo, 2), violation);
    assert_eq!(meet_with(wrong_byte, &mut ana, &mut bo, 3), violation);
    assert_eq!(meet_with(half_a_piece, &mut ana, &mut bo, 4), violation);
    assert_eq!(held(&ana, one.full), 0);
    // The next honest meeting brings it.
    assert_eq!(meet(&mut bo, &mut ana, 5).ended, None);
    assert!(has(&ana, one.full));
}

#[test]
fn what_nobody_has_and_what_is_no_blob_hurts_nobody() {
    let (mut ana, mut bo) = pair();
    let real = keep(&mut bo, bytes(1, 20_000));
    // Of the right name and a wrong size, of a size that no blob has, and never made.
    let wrong = Blob {
        size: real.size + 1,
        ..real
    };
    let huge = Blob {
        size: u32::MAX,
        ..real
    };
    for (salt, full) in [(1, wrong), (2, huge)] {
        let photo = Photo {
            full,
            preview: wrong,
        };
        order(&mut bo, answer(photo, salt)).unwrap();
    }
    assert_eq!(meet(&mut bo, &mut ana, 2).ended, None);
    assert!(same(&ana, &bo));
    assert_eq!(ana.space.media_missing().0, 1);
    assert_eq!(held(&ana, wrong), 0);
    // Somebody fetches what they were never offered, from the middle of nowhere.
    for from in [1, PIECE, u32::MAX] {
        let mut talk = Talk::begin(&mut bo, &mut ana, 10 + u64::from(from));
        talk.go_on(&mut bo, &mut ana);
        let fetch = encode(99, &Message::Fetch(vec![(wrong, from)]));
        let outcome = ana.step(
            Input::Frame {
                link: LINK,
                bytes: fetch,
            },
            0,
            Fate::Lives,
        );
        assert_eq!(outcome.hang_ups.len(), 1);
        let _ = talk.end(&mut bo, &mut ana);
    }
    let whole = photo(&mut bo, 7, 9_000);
    assert_eq!(meet(&mut bo, &mut ana, 50).ended, None);
    assert!(has(&ana, whole.full));
}

/// The runs of a carry file with these blobs.
fn runs(from: &Resident, blobs: &[(Part, Blob)]) -> Vec<Vec<u8>> {
    let mut writer = MediaRunWriter::default();
    let mut out = Vec::new();
    for (part, blob) in blobs {
        let bytes = from.disk.whole_blob(from.space.id(), *blob).unwrap();
        for pieces in CarriedPieces::of(*part, *blob, &bytes.unwrap()) {
            if writer.is_full_for(pieces.bytes.len()) {
                out.push(writer.take());
            }
            writer.push(pieces);
        }
    }
    out.push(writer.take());
    out
}

/// Takes a run in: what is whole now, how many bytes are new, what is altered and what is left.
fn carried(who: &mut Resident, run: &[u8]) -> (u64, u64, u64, Vec<Blob>) {
    let run = run.to_vec();
    match who.step(Input::CarriedMedia { run }, 0, Fate::Lives).reply {
        Some(Ok(Reply::MediaTaken {
            came,
            bytes,
            altered,
            left,
        })) => (
            came.previews + came.sounds + came.photos,
            bytes,
            altered,
            left,
        ),
        other => panic!("not taken: {other:?}"),
    }
}

#[test]
fn a_carry_file_brings_what_a_link_did_not_and_nothing_twice() {
    let (mut ana, mut bo) = pair();
    let one = photo(&mut bo, 1, 150_000);
    // A link that breaks in the middle of the photo.
    let mut talk = Talk::begin(&mut bo, &mut ana, 2);
    while held(&ana, one.full) < 60_000 {
        talk.go_on_for(1, &mut bo, &mut ana);
    }
    let _ = talk.end(&mut bo, &mut ana);
    let before = u64::from(held(&ana, one.full));
    assert!(before < 150_000 && has(&ana, one.preview));
    let runs = runs(
        &bo,
        &[(Part::Preview, one.preview), (Part::Photo, one.full)],
    );
    assert!(runs.len() > 3, "a photo spans runs");
    let (mut whole, mut came) = (0, 0);
    for (number, run) in runs.iter().enumerate() {
        if number % 2 == 1 {
            ana.restart();
        }
        let (blobs, bytes, altered, left) = carried(&mut ana, run);
        assert_eq!((altered, left), (0, Vec::new()));
        whole += blobs;
        came += bytes;
    }
    assert_eq!((whole, came), (1, 150_000 - before));
    assert!(has(&ana, one.full));
    assert_eq!(ana.space.media_missing(), (0, 0));
    for run in &runs {
        assert_eq!(carried(&mut ana, run), (0, 0, 0, Vec::new()));
    }
    let quiet = meet(&mut bo, &mut ana, 3);
    assert_eq!(quiet.ended, None);
}

#[test]
fn what_a_file_brings_in_the_middle_of_a_fetch_is_not_lost() {
    for reach in [40_000, 80_000, 120_000] {
        let (mut ana, mut bo) = pair();
        let one = photo(&mut bo, 1, 150_000);
        let runs = runs(&bo, &[(Part::Photo, one.full)]);
        let mut talk = Talk::begin(&mut bo, &mut ana, 2);
        while held(&ana, one.full) < reach {
            talk.go_on_for(1, &mut bo, &mut ana);
        }
        assert!(held(&ana, one.full) < 150_000, "it is on its way");
        for run in &runs[..4] {
            carried(&mut ana, run);
        }
        talk.go_on(&mut bo, &mut ana);
        assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
        assert!(has(&ana, one.full) && has(&ana, one.preview));
    }
}

#[test]
fn of_a_hostile_file_nothing_is_kept() {
    let (mut ana, mut bo) = pair();
    let one = photo(&mut bo, 1, 100_000);
    order(&mut ana, Command::Media(MediaPolicy::Nothing)).unwrap();
    meet(&mut bo, &mut ana, 2);
    assert_eq!(held(&ana, one.full), 0);
    let stored = |who: &Resident| who.disk.blob_figures(who.space.id()).unwrap();
    // What nothing refers to.
    let strange = keep(&mut bo, bytes(9, 200_000));
    for run in runs(&bo, &[(Part::Photo, strange)]) {
        assert_eq!(carried(&mut ana, &run), (0, 0, 0, vec![strange]));
    }
    assert_eq!(held(&ana, strange), 0);
    // Something else under a name that is wanted, proven by itself or by nothing.
    let noise = bytes(10, 100_000);
    for proof in [majlis_core::blob::Pieces::of(&noise).to_bytes(), Vec::new()] {
        let lot = CarriedPieces {
            blob: one.full,
            part: Part::Photo,
            at: 0,
            proof,
            bytes: noise[..PIECE as usize].to_vec(),
        };
        let mut writer = MediaRunWriter::default();
        writer.push(lot);
        assert_eq!(carried(&mut ana, &writer.take()), (0, 0, 1, Vec::new()));
    }
    // A piece with one bit of it changed, its proof right; what follows it waits for it.
    let real = runs(&bo, &[(Part::Photo, one.full)]);
    let mut lots = read_media_run(&real[0]).unwrap();
    lots[0].bytes[5_000] ^= 1;
    let mut writer = MediaRunWriter::default();
    lots.into_iter().for_each(|lot| writer.push(lot));
    assert_eq!(carried(&mut ana, &writer.take()), (0, 0, 1, Vec::new()));
    assert_eq!(carried(&mut ana, &real[1]), (0, 0, 0, vec![one.full]));
    assert_eq!((held(&ana, one.full), stored(&ana).whole), (0, 0));
    // And no run at all.
    for run in [
        &b""[..],
        b"\x01",
        &[0xff; 500],
        &real[0][..40_000.min(real[0].len() - 1)],
    ] {
        let run = run.to_vec();
        let taken = ana.step(Input::CarriedMedia { run }, 0, Fate::Lives).reply;
        assert!(
            matches!(taken, Some(Err(CommandError::BadInput))),
            "{taken:?}"
        );
    }
    // The honest file brings it all the same, though links fetch nothing here.
    for run in &real {
        carried(&mut ana, run);
    }
    assert!(has(&ana, one.full));
}

//! What somebody chooses about photos while a link brings them holds on that link.

use majlis_core::blob::Photo;
use majlis_core::space::{Command, Input, MediaPolicy};
use majlis_tests::town::{Fate, Resident};

use super::media::{has, photo};
use super::{Talk, pair};

/// A link over which the first of six photos has come.
fn begun() -> (Resident, Resident, Vec<Photo>, Talk) {
    let (mut ana, mut bo) = pair();
    let photos: Vec<Photo> = (0..6).map(|seed| photo(&mut bo, seed, 90_000)).collect();
    let mut talk = Talk::begin(&mut bo, &mut ana, 2);
    while whole(&ana, &photos).is_empty() {
        assert!(!talk.queue.is_empty(), "none comes");
        talk.go_on_for(1, &mut bo, &mut ana);
    }
    (ana, bo, photos, talk)
}

/// Which photos are whole.
fn whole(who: &Resident, photos: &[Photo]) -> Vec<usize> {
    let each = photos.iter().enumerate();
    let here = each.filter(|(_, one)| has(who, one.full));
    here.map(|(number, _)| number).collect()
}

/// How many photos are still to come.
fn to_come(who: &Resident) -> u64 {
    let (_, view) = who.space.peers().next().unwrap();
    view.blobs_here
}

/// Half a minute later: how many photos are still to go to the other, and are remembered to be.
fn to_go_later(who: &mut Resident) -> [u64; 2] {
    let _ = who.step(Input::Time, 31_000, Fate::Lives);
    let (_, view) = who.space.peers().next().unwrap();
    let rows = who.disk.peers(who.space.id()).unwrap();
    [view.blobs_there, rows[0].media_there.0]
}

#[test]
fn no_more_photos_come_once_small_pictures_only_are_chosen() {
    let (mut ana, mut bo, photos, mut talk) = begun();
    let choose = |policy| Input::Command(Command::Media(policy));
    talk.give(false, &mut ana, choose(MediaPolicy::Previews));
    talk.go_on(&mut bo, &mut ana);
    // What was asked for before comes: one more at most.
    let came = whole(&ana, &photos);
    assert!(came.len() <= 2, "{came:?}");
    assert!(photos.iter().all(|one| has(&ana, one.preview)));
    assert_eq!(to_come(&ana), 0, "nothing more is waited for");
    // Nobody says so to the other side, which is asked for nothing more.
    assert!(bo.space.time_due_in(bo.clock(0)).is_some());
    assert_eq!(to_go_later(&mut bo), [0, 0]);
    assert_eq!(bo.space.time_due_in(bo.clock(0)), None);
    // And all come on the same link once they are wanted again.
    talk.give(false, &mut ana, choose(MediaPolicy::All));
    talk.go_on(&mut bo, &mut ana);
    assert_eq!(whole(&ana, &photos).len(), 6);
    assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
}

#[test]
fn of_photos_that_have_no_room_any_more_none_comes() {
    let (mut ana, mut bo, photos, mut talk) = begun();
    let room = Input::Command(Command::MediaRoom(Some(100_000)));
    talk.give(false, &mut ana, room);
    talk.go_on(&mut bo, &mut ana);
    let came = whole(&ana, &photos);
    assert!(came.contains(&5), "the newest fits: {came:?}");
    assert!(came.len() <= 3, "{came:?}");
    assert_eq!(to_come(&ana), 0);
    assert_eq!(to_go_later(&mut bo), [0, 0]);
    assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
}

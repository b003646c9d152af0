//! Room for photos and sounds: the newest that fit come, and what came first goes when somebody keeps it.

use majlis_core::blob::Photo;
use majlis_core::space::{Command, Reply};
use majlis_tests::town::Resident;

use super::media::{has, photo};
use super::{invite, joiner, meet, order, pair};

#[test]
fn what_came_first_makes_room_once_somebody_keeps_it() {
    let (mut ana, mut bo) = pair();
    let photos: Vec<Photo> = (0..4).map(|seed| photo(&mut bo, seed, 30_000)).collect();
    meet(&mut bo, &mut ana, 2);
    let whole =
        |who: &Resident| -> Vec<bool> { photos.iter().map(|one| has(who, one.full)).collect() };
    let freed = |who: &mut Resident, bytes| match order(who, Command::LetGo(bytes)) {
        Some(Reply::LetGo(freed)) => freed,
        other => panic!("{other:?}"),
    };
    // Bo took them: what belongs to own answers stays, whoever else has it.
    assert_eq!(freed(&mut bo, u64::MAX), 0);
    // Ana has them from Bo himself. The first two are enough, and their small pictures stay.
    assert_eq!(freed(&mut ana, 40_000), 60_000);
    assert_eq!(whole(&ana), [false, false, true, true]);
    assert!(photos.iter().all(|one| has(&ana, one.preview)));
    assert_eq!(
        ana.space.media_missing(),
        (0, 0),
        "they are not to come again"
    );
    ana.restart();
    meet(&mut bo, &mut ana, 3);
    assert_eq!(whole(&ana), [false, false, true, true]);
    // Somebody looks at one: it comes, and goes after the others.
    order(&mut ana, Command::FetchBlob(photos[0].full)).unwrap();
    meet(&mut bo, &mut ana, 4);
    assert_eq!(whole(&ana), [true, false, true, true]);
    assert_eq!(freed(&mut ana, 60_000), 60_000);
    assert_eq!(whole(&ana), [true, false, false, false]);
    // Cy has the rest from Ana: that Bo still has them is nothing he was told.
    let ticket = invite(&mut ana, 51, 9);
    let mut cy = joiner(&ana, 3, ticket, 51);
    meet(&mut cy, &mut ana, 5);
    assert_eq!(whole(&cy), [true, false, false, false]);
    assert_eq!(freed(&mut cy, u64::MAX), 0);
    // Ana carries for others from now on: so Cy may rely on her, and she lets go of nothing.
    order(&mut ana, Command::Receipt).unwrap();
    meet(&mut cy, &mut ana, 6);
    assert_eq!(freed(&mut cy, u64::MAX), 30_000);
    assert_eq!(freed(&mut ana, u64::MAX), 0);
    assert_eq!(whole(&cy), [false; 4]);
    assert_eq!(whole(&bo), [true; 4]);
}

#[test]
fn the_newest_that_fit_are_fetched() {
    let (mut ana, mut bo) = pair();
    order(&mut ana, Command::MediaRoom(Some(70_000))).unwrap();
    let photos: Vec<Photo> = (0..4).map(|seed| photo(&mut bo, seed, 30_000)).collect();
    meet(&mut bo, &mut ana, 2);
    let whole =
        |who: &Resident| -> Vec<bool> { photos.iter().map(|one| has(who, one.full)).collect() };
    assert_eq!(whole(&ana), [false, false, true, true]);
    assert!(photos.iter().all(|one| has(&ana, one.preview)));
    assert_eq!(ana.space.media_missing(), (0, 0), "nothing is on its way");
    order(&mut ana, Command::MediaRoom(None)).unwrap();
    meet(&mut bo, &mut ana, 3);
    assert_eq!(whole(&ana), [true; 4]);
}

//! Photos and sounds on a device's own disk: out of a backup, damaged, with no room left for all of
//! them, and written out beside a table.

use majlis_core::id::SpaceId;
use majlis_node::api::carry::{CarryExport, CarryWritten};
use majlis_node::api::export::{
    AnswersExport, AnswersFormat, AnswersWritten, MediaExport, MediaWritten,
};
use majlis_node::api::me::{Me, SetProfile};
use majlis_node::api::media::{BlobRef, BlobView, MediaPolicyName};
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::space::{SpaceRef, Verification};
use majlis_node::api::sync::SyncView;
use majlis_node::api::{Nothing, Request};
use majlis_node::node::Node;
use rusqlite::Connection;

use super::{SOUND, Scene, import, scene};
use crate::scene::{get, named, open, ticket, verified};

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_replica_has_the_photos_of_the_old_one() {
    let scene = scene().await;
    // Everything is sealed by this.
    verified(&scene.amina, &scene.at).await;
    let backup = scene.path("backup.sqlite");
    majlis_node::node::back_up(scene.folders[0].path(), &backup).unwrap();
    // Amina founded the space and holds no ticket of her own.
    let ticket = ticket(&scene.amina, &scene.at, RankName::Member).await;
    let folder = tempfile::tempdir().unwrap();
    let fresh = named(folder.path(), false, "Amina again").await;
    let done = fresh.restore(&backup, &[ticket]).await.unwrap();
    assert!(done[0].entries.is_some_and(|entries| entries > 0));
    for blob in [&scene.photo.preview, &scene.photo.full, &scene.sound] {
        let there = scene.blob(&fresh, blob).await;
        assert!(there.base64.is_some());
        assert_eq!(there, scene.blob(&scene.amina, blob).await);
    }
    verified(&fresh, &scene.at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_disk_damages_is_told_forgotten_and_fetched_again() {
    let scene = scene().await;
    scene
        .export("card.majlis", MediaPolicyName::All, None)
        .await;
    let card = scene.path("card.majlis");
    import(&scene.bilal, &card).await;
    let Scene { bilal, .. } = scene;
    bilal.shutdown().await;
    drop(bilal);
    let at = scene.folders[1].path().join("majlis.sqlite");
    let disk = Connection::open(&at).unwrap();
    let flip = "UPDATE blob_parts SET bytes = CAST(zeroblob(1) || substr(bytes, 2) AS BLOB) \
         WHERE rowid = (SELECT max(rowid) FROM blob_parts)";
    assert_eq!(disk.execute(flip, []).unwrap(), 1);
    drop(disk);
    let bilal = open(scene.folders[1].path(), false).await;
    let scene = Scene { bilal, ..scene };
    let found: Verification = get(&scene.bilal, Request::Verify(scene.at.clone())).await;
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert!(found.problems[0].contains(&scene.photo.full));
    // A damaged one is not passed on.
    let path = scene.path("spread.majlis").display().to_string();
    let export = CarryExport {
        space: scene.at.space.clone(),
        path: Some(path),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let written: CarryWritten = get(&scene.bilal, Request::ExportCarry(export)).await;
    assert_eq!((written.media.photos, written.media.sounds), (0, 1));
    let _: Nothing = get(&scene.bilal, Request::Reindex(scene.at.clone())).await;
    verified(&scene.bilal, &scene.at).await;
    let state: SyncView = get(&scene.bilal, Request::SyncState(scene.at.clone())).await;
    // The sound; the small picture is not counted.
    assert_eq!((state.media.whole, state.media.missing), (1, 1));
    assert_eq!(scene.there().await, [true, true, false]);
    let taken = import(&scene.bilal, &card).await;
    assert_eq!(taken.media.photos, 1);
    assert_eq!(scene.there().await, [true; 3]);
    verified(&scene.bilal, &scene.at).await;
}

#[tokio::test]
async fn photos_of_others_take_up_no_more_than_they_may() {
    let scene = scene().await;
    let written = scene
        .export("card.majlis", MediaPolicyName::All, None)
        .await;
    assert!(written.media.bytes > 0);
    let _ = import(&scene.bilal, &scene.path("card.majlis")).await;
    assert_eq!(scene.there().await, [true; 3]);
    let used = get::<Me>(&scene.bilal, Request::Me(Nothing {}))
        .await
        .media_used;
    assert!(used > SOUND as u64 && used < scene.bytes() + 1);
    // Nobody told Bilal that he keeps them: nothing goes, and the limit is kept for what comes.
    let narrow = SetProfile {
        media_room: Some(10_000),
        ..SetProfile::default()
    };
    let me: Me = get(&scene.bilal, Request::SetProfile(narrow.clone())).await;
    assert_eq!((me.media_room, me.media_used), (Some(10_000), used));
    assert_eq!(scene.there().await, [true; 3]);
    // Amina's own are not others'.
    let me: Me = get(&scene.amina, Request::SetProfile(narrow)).await;
    assert_eq!((me.media_room, me.media_used), (Some(10_000), 0));
    let wide = SetProfile {
        media_room: Some(0),
        ..SetProfile::default()
    };
    let me: Me = get(&scene.bilal, Request::SetProfile(wide)).await;
    assert_eq!(me.media_room, None);
}

async fn whole(node: &Node, at: &SpaceRef, blob: &str) -> bool {
    let blob = BlobRef {
        space: at.space.clone(),
        blob: blob.to_owned(),
    };
    let view: BlobView = get(node, Request::Blob(blob)).await;
    view.base64.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_photos_of_all_spaces_make_room_for_new_ones() {
    let mut scenes = [scene().await, scene().await];
    // Those that come first are of the space that every list names last.
    let id = |scene: &Scene| scene.at.space.parse::<SpaceId>().unwrap();
    if id(&scenes[0]) < id(&scenes[1]) {
        scenes.swap(0, 1);
    }
    let [older, newer] = scenes;
    let ticket = ticket(&newer.amina, &newer.at, RankName::Member).await;
    let _: SpaceRef = get(&older.bilal, Request::Join(JoinSpace { ticket })).await;
    for scene in [&older, &newer] {
        scene
            .export("card.majlis", MediaPolicyName::All, None)
            .await;
        let _ = import(&older.bilal, &scene.path("card.majlis")).await;
    }
    let Scene { bilal, folders, .. } = older;
    bilal.shutdown().await;
    drop(bilal);
    // Whoever took them is known to keep them.
    let disk = Connection::open(folders[1].path().join("majlis.sqlite")).unwrap();
    let keep = "INSERT OR IGNORE INTO blob_copies (blob, device) \
         SELECT no, author FROM blobs WHERE author IS NOT NULL";
    assert!(disk.execute(keep, []).unwrap() > 0);
    drop(disk);
    let bilal = open(folders[1].path(), false).await;
    let me: Me = get(&bilal, Request::Me(Nothing {})).await;
    // Photos make room before sounds, and one sound is to go with them.
    let size = |name: &String| name.rsplit_once('.').unwrap().1.parse::<u64>().unwrap();
    let photos = size(&older.photo.full) + size(&newer.photo.full);
    let narrow = SetProfile {
        media_room: Some(me.media_used - photos - 1),
        ..SetProfile::default()
    };
    let me: Me = get(&bilal, Request::SetProfile(narrow)).await;
    assert!(whole(&bilal, &newer.at, &newer.sound).await);
    assert!(!whole(&bilal, &older.at, &older.sound).await);
    assert_eq!(me.media_used, SOUND as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_names_photos_and_sounds_as_their_files_are_called() {
    let Scene {
        amina,
        photo,
        sound,
        made,
        files,
        ..
    } = scene().await;
    let path = |name: &str| Some(files.path().join(name).display().to_string());
    let table = AnswersExport {
        space: made.space.clone(),
        consultation: made.consultation.clone(),
        format: AnswersFormat::Csv,
        path: path("out.csv"),
    };
    let table: AnswersWritten = get(&amina, Request::ExportAnswers(table)).await;
    let table = std::fs::read_to_string(&table.paths[0]).unwrap();
    let beside = MediaExport {
        space: made.space,
        consultation: made.consultation,
        path: path("out.zip"),
    };
    let beside: MediaWritten = get(&amina, Request::ExportMedia(beside)).await;
    let beside = std::fs::read(beside.path.unwrap()).unwrap();
    for name in [format!("{}.jpg", photo.full), format!("{sound}.ogg")] {
        let cell = |cell: &str| cell.trim() == name;
        assert!(table.split(',').any(cell), "{name} is not in {table}");
        assert!(
            beside
                .windows(name.len())
                .any(|part| part == name.as_bytes())
        );
    }
}

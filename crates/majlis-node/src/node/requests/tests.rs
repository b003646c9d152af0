//! What Home is told of requests, and what is read for it.

use rusqlite::Connection;

use super::*;
use crate::api::Request;
use crate::node::STORE_FILE;
use crate::node::claims::tests::{carry, get, scene};

/// Whether somebody waits for this device, and whether a reply waits for this person.
async fn news(node: &Node, space: &str) -> (bool, bool) {
    let told = node.at(space, Desk::news_of_requests).await.unwrap();
    (told.0.is_some(), told.1.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn home_reads_no_record_again_while_nothing_is_stated() {
    let scene = scene().await;
    let (amina, basil, at) = (&scene.amina, &scene.basil, &scene.at);
    let ask = || {
        Request::AskErasure(AskErasure {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            text: "I moved away".to_owned(),
        })
    };
    assert_eq!(news(amina, &at.space).await, (false, false));
    let _: Nothing = get(basil, ask()).await;
    carry(basil, amina, at).await;
    assert_eq!(news(amina, &at.space).await, (true, false));
    // Who may not reply is not told that somebody waits.
    assert_eq!(news(basil, &at.space).await, (false, false));
    let all: RequestsView = get(
        amina,
        Request::ErasureRequests(SpaceRef {
            space: at.space.clone(),
        }),
    )
    .await;
    let reply = Request::ReplyErasure(ReplyErasure {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        request: all.requests[0].request.clone(),
        done: false,
        text: "It is counted.".to_owned(),
    });
    let _: Nothing = get(amina, reply).await;
    assert_eq!(news(amina, &at.space).await, (false, false));
    // With the reply before him he asks once more.
    carry(amina, basil, at).await;
    let _: Nothing = get(basil, ask()).await;
    carry(basil, amina, at).await;
    let before = [(true, false), (false, true)];
    let now = async || [news(amina, &at.space).await, news(basil, &at.space).await];
    assert_eq!(now().await, before);

    // What stands in for all of a lane is what stands for that lane by itself.
    let lane = lane(&at.consultation).unwrap();
    let marks = amina.at(&at.space, move |desk| {
        let all = desk.store.stated_marks(desk.id()).unwrap();
        let one = desk.store.stated_mark(desk.id(), lane).unwrap();
        let form = desk.opened(lane)?.1.form_id;
        Ok((all, vec![(lane, (Some(form), one))]))
    });
    let (all, one) = marks.await.unwrap();
    assert_eq!(all, one);

    // Neither a form nor a record can be read any more: the news are what they were.
    for node in [amina, basil] {
        let disk = Connection::open(node.0.folder.join(STORE_FILE)).unwrap();
        for table in ["openings", "proceedings"] {
            let spoil = format!("UPDATE {table} SET body = x'00'");
            assert!(disk.execute(&spoil, []).unwrap() > 0);
        }
    }
    assert!(amina.at(&at.space, Desk::erasure_requests).await.is_err());
    assert_eq!(now().await, before);
}

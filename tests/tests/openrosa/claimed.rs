//! Who holds a receipt claims the answer: no tablet speaks for it any more, and its officer reads so.

use majlis_tests::tablet::Upload;
use majlis_tests::village::until;
use serde_json::json;

use crate::scene::{scene, told};

#[test]
fn a_claimed_answer_is_not_corrected_from_a_tablet_and_its_officer_is_told() {
    let scene = scene();
    let made = scene.add("Fatima");
    let tablet = scene.tablet(&made);
    let reply = tablet.send(&scene.simple("uuid:one", "1"));
    told(&reply, 201, "The code for the person's receipt: ");
    let text = reply.text();
    let code = text.split("receipt: ").nth(1).unwrap();
    let code = code.split('<').next().unwrap();
    scene.counts((1, 1, 0));
    let claim = json!({
        "space": scene.space, "consultation": scene.consultation, "code": code,
        "slot": scene.answers()[0]["slot"], "keep": "entered",
    });
    scene.amina.call("claim", &claim).unwrap();
    until("the gateway knows of it", || {
        scene.gateway.status()["spaces"][0]["entries"] == scene.amina.verified()["entries"]
    });
    let meta = "<orx:deprecatedID>uuid:one</orx:deprecatedID>";
    let xml = scene.xml("uuid:two", &[("q1_Where", "2")], meta);
    for _ in 0..2 {
        told(
            &tablet.send(&Upload::new(&xml)),
            409,
            "speaks for this answer",
        );
    }
    let said = &scene.answers()[0]["answers"][0]["value"]["value"];
    assert_eq!(said, &json!([1]));
}

//! Tablets get the pictures that a form carries.

use data_encoding::BASE64;
use majlis_tests::village::until;
use serde_json::json;

use crate::scene::{listed, photo, scene};

#[test]
fn tablets_get_the_pictures_that_a_form_carries() {
    let scene = scene();
    let made = scene.add("Fatima");
    let tablet = scene.tablet(&made);
    let path = scene.amina.folder().join("well.png");
    std::fs::write(&path, photo()).unwrap();
    let keep = json!({ "space": scene.space, "path": path.display().to_string() });
    let kept = scene.amina.call("keep_photo", &keep).unwrap();
    let shown =
        json!({ "kind": "image", "language": "", "file": "well.png", "blob": kept["full"] });
    let question = json!({
        "id": "", "label": "Which?", "kind": { "type": "text" },
        "details": { "name": "which", "media": [shown] },
    });
    let draft = json!({
        "title": "Shown", "description": "", "audience": "", "stage": "consult",
        "questions": [question], "activity": null,
    });
    let new = json!({ "space": scene.space, "draft": draft });
    let at = scene.amina.call("new_consultation", &new).unwrap();
    scene.amina.call("open_consultation", &at).unwrap();
    let mut manifest = String::new();
    until("the picture is listed for tablets", || {
        let all = listed(&scene.gateway);
        let mut forms = all["forms"].as_array().unwrap().iter();
        let Some(form) = forms.find(|form| form["title"] == "Shown") else {
            return false;
        };
        let [id, version] = ["consultation", "version"].map(|name| form[name].as_str().unwrap());
        let reply = tablet.ask("GET", &format!("/forms/{id}/{version}/manifest"));
        manifest = reply.text();
        reply.status == 200 && manifest.contains("well.png")
    });
    let address = manifest.split("<downloadUrl>").nth(1).unwrap();
    let address = address.split("</downloadUrl>").next().unwrap();
    let file = tablet.ask("GET", address);
    assert_eq!(file.status, 200);
    let blob = json!({ "space": scene.space, "blob": kept["full"] });
    let whole = scene.amina.call("blob", &blob).unwrap();
    let whole = BASE64
        .decode(whole["base64"].as_str().unwrap().as_bytes())
        .unwrap();
    assert_eq!(file.body, whole);
}

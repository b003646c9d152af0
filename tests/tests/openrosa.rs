//! Tablets with ODK Collect at a real gateway: they speak the public OpenRosa protocol and nothing
//! else, and what they send counts as assisted answers on another device, once each.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

#[path = "openrosa/claimed.rs"]
mod claimed;
#[path = "openrosa/pictures.rs"]
mod pictures;
#[path = "openrosa/scene.rs"]
mod scene;

use std::process::Command;

use data_encoding::BASE64;
use majlis_core::id::SpaceId;
use majlis_store::Store;
use majlis_tests::gateway::Gateway;
use majlis_tests::tablet::{Tablet, Upload};
use majlis_tests::village::{self, until};
use serde_json::{Value, json};

use scene::{Scene, is_openrosa, listed, photo, scene, scene_of, sound, told};

#[test]
fn tablets_get_their_forms_and_what_they_send_counts_once_on_another_device() {
    let mut scene = scene();
    let code = scene.gateway.beside("tablet.svg");
    let made = scene.add("Fatima");
    let tablet = scene.tablet(&made);

    // The settings that the code has lead to the same address.
    assert_eq!(
        made["address"].as_str().unwrap(),
        format!("http://{}{}", tablet.host, tablet.path)
    );
    let address = scene.gateway.for_tablets();
    let path = code.to_str().unwrap();
    let second = [
        "tablets",
        "add",
        "Omar",
        "--language",
        "ar",
        "--mode",
        "paper",
        "--address",
        &address,
        "--code",
        path,
    ];
    let second: Value = serde_json::from_str(&scene.gateway.order(&second)).unwrap();
    assert!(std::fs::read_to_string(&code).unwrap().contains("<svg"));
    // The token is nowhere on the disk.
    for file in ["majlis.sqlite", "majlis.sqlite-wal"] {
        let bytes = std::fs::read(scene.gateway.folder().join(file)).unwrap_or_default();
        let token = made["token"].as_str().unwrap().as_bytes();
        assert!(
            !bytes.windows(token.len()).any(|some| some == token),
            "{file}"
        );
    }

    // Without a token it learns that one is wanted; with name and password it goes on.
    let mut basic = Tablet::at(&address);
    let refused = basic.ask("GET", "/formList");
    assert_eq!(refused.status, 401);
    assert!(refused.headers["www-authenticate"].starts_with("Basic"));
    let packed = BASE64.encode(format!("Fatima:{}", made["token"].as_str().unwrap()).as_bytes());
    basic.authorization = Some(format!("Basic {packed}"));
    let same = basic.ask("GET", "/formList");
    assert_eq!(same.status, 200, "{}", same.text());

    let list = tablet.ask("GET", "/formList");
    assert_eq!(list.status, 200);
    is_openrosa(&list);
    assert!(list.headers["content-type"].starts_with("text/xml"));
    assert_eq!(list.element("formID").unwrap(), scene.consultation);
    assert_eq!(list.element("version").unwrap(), scene.version);
    assert_eq!(list.element("name").unwrap(), "Water");
    // One form alone, where a tablet asks for one.
    for (id, there) in [(scene.consultation.as_str(), true), ("nowhere", false)] {
        let one = tablet.ask("GET", &format!("/formList?formID={id}"));
        assert_eq!(one.element("formID").is_some(), there, "{}", one.text());
    }
    let form = tablet.ask("GET", &list.element("downloadUrl").unwrap());
    assert_eq!(form.status, 200);
    for part in [
        format!(
            "<data id=\"{}\" version=\"{}\">",
            scene.consultation, scene.version
        ),
        "<q1_Where/>".to_owned(),
        "<upload ref=\"/data/q3_Which_well\"".to_owned(),
    ] {
        assert!(
            form.text().contains(&part),
            "{part} is not in {}",
            form.text()
        );
    }
    assert_eq!(
        tablet
            .ask("GET", &format!("/forms/{}/0/form.xml", scene.consultation))
            .status,
        404
    );

    let may = tablet.ask("HEAD", "/submission");
    assert_eq!(may.status, 204);
    is_openrosa(&may);
    assert!(may.headers["location"].ends_with("/submission"));

    // An answer with a photo and a sound in one request.
    let answers = [
        ("q1_Where", "1"),
        ("q2_People", "7"),
        ("q3_Which_well", "1764.jpg"),
        ("q4_Why", "1765.ogg"),
    ];
    let name = "<orx:instanceName>House 12</orx:instanceName>";
    let xml = scene.xml("uuid:one", &answers, name);
    let whole = Upload::new(&xml)
        .with("1764.jpg", "image/jpeg", &photo())
        .with("1765.ogg", "audio/ogg", &sound());
    told(&tablet.send(&whole), 201, "receipt");
    told(&tablet.send(&whole), 201, "counts once");
    scene.counts((1, 1, 0));
    let answer = &scene.answers()[0];
    assert_eq!(answer["by"], "Gateway");
    assert_eq!(answer["assisted"]["note"], "Fatima: House 12");
    assert_eq!(answer["assisted"]["consent"], true);
    let full = answer["answers"][2]["value"]["value"]["full"].as_str();
    let full = full.unwrap_or_else(|| panic!("{answer}"));
    let blob = json!({ "space": scene.space, "blob": full });
    let mut kept = Vec::new();
    until("the photo is with Amina", || {
        let view = scene.amina.call("blob", &blob).unwrap();
        kept = view["base64"]
            .as_str()
            .map(|text| BASE64.decode(text.as_bytes()).unwrap())
            .unwrap_or_default();
        !kept.is_empty()
    });
    assert!(kept.starts_with(&[0xff, 0xd8]), "a JPEG file now");
    assert!(
        !kept.windows(3).any(|some| some == b"GPS"),
        "what was noted is gone"
    );

    // An officer corrects it on the tablet; another's is not theirs to correct.
    let corrected = "<orx:deprecatedID>uuid:one</orx:deprecatedID>";
    let xml = scene.xml("uuid:two", &[("q1_Where", "2")], corrected);
    let omar = scene.tablet(&second);
    told(&omar.send(&Upload::new(&xml)), 403, "مسؤول آخر");
    told(&tablet.send(&Upload::new(&xml)), 201, "replaces");
    told(&tablet.send(&Upload::new(&xml)), 201, "counts once");
    scene.counts((1, 0, 1));

    // Omar asks on paper. The gateway loses its power; what it took before still counts once.
    told(
        &omar.send(&scene.simple("uuid:three", "1")),
        201,
        "الرمز لإيصال الشخص",
    );
    // So does what it had recorded and not yet noted as received: the entries say that it is there.
    scene.gateway.kill();
    forget_what_was_received_of("Omar", &scene);
    scene.gateway.start();
    let (tablet, omar) = (scene.tablet(&made), scene.tablet(&second));
    told(
        &omar.send(&scene.simple("uuid:three", "1")),
        201,
        "يُحسب مرة واحدة",
    );
    told(&tablet.send(&whole), 201, "counts once");
    scene.counts((2, 1, 1));

    // Everybody counts the same, and knows what came from tablets.
    until("the gateway counts what Amina counts", || {
        let mut reader = Command::new(village::program());
        let reader = reader
            .args(["--json", "--data"])
            .arg(scene.gateway.folder());
        let found = reader
            .args(["consultation", "results", "Water"])
            .output()
            .unwrap();
        let found: Value = serde_json::from_slice(&found.stdout).unwrap_or_default();
        found["questions"] == scene.results()["questions"]
    });
    let list = listed(&scene.gateway);
    let of = |officer: &str| {
        let mut all = list["tablets"].as_array().unwrap().iter();
        all.find(|one| one["officer"] == officer).unwrap().clone()
    };
    assert_eq!(
        (&of("Fatima")["answers"], &of("Omar")["answers"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(of("Omar")["mode"], "paper");
    assert!(of("Fatima")["used"].as_u64().is_some());

    // Closed: what comes now stays on the tablet, and what was received is still received.
    scene.amina.majlis(&["consultation", "close", "Water"]);
    until("the gateway knows that it is closed", || {
        !tablet.ask("GET", "/formList").text().contains("<xform>")
    });
    told(&tablet.send(&scene.simple("uuid:late", "1")), 409, "closed");
    told(&tablet.send(&whole), 201, "counts once");

    // A token that is taken back opens nothing, and wrong ones are not tried without end.
    let id = of("Omar")["id"].clone();
    let said = scene
        .gateway
        .order(&["tablets", "revoke", id.as_str().unwrap()]);
    assert!(said.ends_with("revoked"), "{said}");
    told(&omar.send(&scene.simple("uuid:four", "1")), 401, "revoked");
    basic.host = tablet.host.clone();
    basic.authorization = Some(format!("Basic {}", BASE64.encode(b"Fatima:wrong")));
    // A minute may end in between, and then there are tries left.
    let slowed = (0..30).any(|_| basic.ask("GET", "/formList").status == 429);
    assert!(slowed);
    assert!(scene.gateway.figure("majlis_tablets_wrong_tokens_total") >= 8);
    assert!(scene.gateway.figure("majlis_tablets_repeated_total") >= 3);
}

#[test]
fn uploads_that_break_lose_nothing_that_arrived_and_count_when_the_rest_comes() {
    let mut scene = scene();
    let made = scene.add("Fatima");
    let tablet = scene.tablet(&made);
    let answers = [
        ("q1_Where", "1"),
        ("q3_Which_well", "a.jpg"),
        ("q4_Why", "b.ogg"),
    ];
    let xml = |instance: &str| scene.xml(instance, &answers, "");
    let (photo, sound) = (photo(), sound());

    // In several requests, and the power is cut in between.
    let parted = xml("uuid:parted");
    let first = Upload::new(&parted).with("a.jpg", "image/jpeg", &photo);
    told(&tablet.send(&first.and_more()), 202, "b.ogg");

    // Broken off inside the second file: the first one arrived.
    let torn = xml("uuid:torn");
    let upload =
        Upload::new(&torn)
            .with("a.jpg", "image/jpeg", &photo)
            .with("b.ogg", "audio/ogg", &sound);
    tablet.break_off(&upload, 10_000);
    let here = |gateway: &Gateway, instance: &str| {
        let list = listed(gateway);
        let mut unfinished = list["unfinished"].as_array().unwrap().iter();
        unfinished
            .find(|one| one["instance"] == instance)
            .map(|one| one["here"].clone())
    };
    until("what was not torn is kept", || {
        here(&scene.gateway, "uuid:torn") == Some(json!(1))
    });
    told(&tablet.send_unended(&upload), 400, "broke off");

    // The tablet says that it is all, and it is not.
    let lacking = xml("uuid:lacking");
    told(
        &tablet.send(&Upload::new(&lacking).with("a.jpg", "image/jpeg", &photo)),
        400,
        "b.ogg",
    );
    // A file that is no photo: the sound beside it is kept.
    let odd = xml("uuid:odd");
    let spoilt = Upload::new(&odd)
        .with("a.jpg", "image/jpeg", b"no photo at all")
        .with("b.ogg", "audio/ogg", &sound);
    told(&tablet.send(&spoilt), 415, "a.jpg");
    assert_eq!(here(&scene.gateway, "uuid:odd"), Some(json!(1)));
    assert_eq!(scene.count(), (0, 0, 0), "nothing is recorded by halves");

    scene.gateway.kill();
    scene.gateway.start();
    let tablet = scene.tablet(&made);
    let with_sound = |xml: &str| Upload::new(xml).with("b.ogg", "audio/ogg", &sound);
    told(&tablet.send(&with_sound(&parted)), 201, "receipt");
    told(&tablet.send(&with_sound(&torn)), 201, "receipt");
    told(&tablet.send(&with_sound(&lacking)), 201, "receipt");
    let mended = Upload::new(&odd).with("a.jpg", "image/jpeg", &photo);
    told(&tablet.send(&mended), 201, "receipt");
    told(&tablet.send(&upload), 201, "counts once");
    scene.counts((4, 4, 0));
    assert_eq!(listed(&scene.gateway)["unfinished"], json!([]));

    // What is no submission of this form is said to be none.
    let good = scene.xml("uuid:x", &[("q1_Where", "1")], "");
    told(
        &tablet.send_bytes("text/xml", good.as_bytes()),
        400,
        "multipart",
    );
    told(
        &tablet.send(&Upload::default().with("a.jpg", "image/jpeg", &photo)),
        400,
        "xml_submission_file",
    );
    for (xml, status, word) in [
        (good.replace("</data>", ""), 400, "sound XML"),
        (
            format!(
                "<!DOCTYPE a [<!ENTITY b \"c\">]>{}",
                good.replace("<?xml version='1.0' ?>", "")
            ),
            400,
            "XML",
        ),
        (good.replace(&scene.version, "2"), 404, "version"),
        (
            good.replace(&scene.consultation, "water"),
            404,
            "no such form",
        ),
        (good.replace("<q1_Where>1<", "<q1_Where>9<"), 400, "fit"),
        (good.replace("<q1_Where>1</q1_Where>", ""), 400, "q1_Where"),
        (
            good.replace(
                "<q1_Where>1<",
                "<q1_Where>1</q1_Where><other>1</other><q1_Where><",
            ),
            400,
            "other",
        ),
        (good.replace("uuid:x", ""), 400, "instanceID"),
        (good.replace("uuid:x", &"x".repeat(2 << 20)), 413, "larger"),
    ] {
        told(&tablet.send(&Upload::new(&xml)), status, word);
    }
    let huge = Upload::new(&good).with("a.jpg", "image/jpeg", &vec![0; 30 << 20]);
    told(&tablet.send(&huge), 413, "larger");
    told(&tablet.send(&Upload::new(&good)), 201, "receipt");
    scene.counts((5, 5, 0));

    // Without the rank it records nothing, and says so.
    scene
        .amina
        .majlis(&["members", "rank", "Gateway", "observer"]);
    until("the gateway knows its rank", || {
        tablet.ask("GET", "/formList").status == 403
    });
    told(&tablet.send(&scene.simple("uuid:later", "2")), 403, "rank");
    let refused = scene
        .gateway
        .run(&["tablets", "add", "Omar", "--address", "http://a.example"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("rank of a facilitator"));
}

/// As if the power had been cut between recording an answer and noting that.
fn forget_what_was_received_of(officer: &str, scene: &Scene) {
    let store = Store::open(&scene.gateway.folder().join("majlis.sqlite")).unwrap();
    let space: SpaceId = scene.space.parse().unwrap();
    let noted = store.settings(Some(space), "tablets/done/").unwrap();
    assert_eq!(noted.len(), 3);
    let of_officer = |value: &[u8]| {
        let done: Value = serde_json::from_slice(value).unwrap();
        done["officer"] == officer
    };
    let lost: Vec<_> = noted
        .iter()
        .filter(|(_, value)| of_officer(value))
        .collect();
    assert_eq!(lost.len(), 1);
    assert!(store.drop_setting(Some(space), &lost[0].0).unwrap());
}

#[test]
fn what_says_something_else_under_a_known_name_is_refused_and_edits_count_once() {
    let scene = scene();
    let made = scene.add("Fatima");
    let tablet = scene.tablet(&made);
    told(&tablet.send(&scene.simple("uuid:one", "1")), 201, "receipt");
    // The same again is received before; something else under its name is not taken, and says so.
    told(
        &tablet.send(&scene.simple("uuid:one", "1")),
        201,
        "counts once",
    );
    told(
        &tablet.send(&scene.simple("uuid:one", "2")),
        409,
        "Another answer",
    );
    scene.counts((1, 1, 0));
    let said = &scene.answers()[0]["answers"][0]["value"]["value"];
    assert_eq!(said, &json!([1]));

    // Answers name files by nothing but their names: two that differ are not told from each other.
    let upload = scene.simple("uuid:files", "1");
    let upload = upload.with("same.jpg", "image/jpeg", &photo());
    let twice = upload.with("same.jpg", "image/jpeg", b"another");
    told(&tablet.send(&twice), 400, "two different files");
    let upload = scene.simple("uuid:alike", "1");
    let upload = upload.with("same.jpg", "image/jpeg", &photo());
    let alike = upload.with("same.jpg", "image/jpeg", &photo());
    told(&tablet.send(&alike), 201, "receipt");
    scene.counts((2, 2, 0));

    // An edit that cannot be read is refused, and the edit of that edit is still of the same person.
    let edit = |instance: &str, old: &str, place: &str| {
        let meta = format!("<orx:deprecatedID>{old}</orx:deprecatedID>");
        Upload::new(&scene.xml(instance, &[("q1_Where", place)], &meta))
    };
    told(&tablet.send(&edit("uuid:two", "uuid:one", "9")), 400, "fit");
    told(
        &tablet.send(&edit("uuid:three", "uuid:two", "2")),
        201,
        "replaces",
    );
    scene.counts((2, 1, 1));

    // Wrong tokens of one tablet do not hold up another behind the same address.
    let mut stranger = Tablet::at(&scene.gateway.for_tablets());
    stranger.authorization = Some(format!("Basic {}", BASE64.encode(b"Fatima:wrong")));
    let slowed = (0..30).any(|_| stranger.ask("GET", "/formList").status == 429);
    assert!(slowed);
    assert_eq!(tablet.ask("GET", "/formList").status, 200);
}

#[test]
fn what_a_tablet_sends_in_the_clear_is_sealed_before_it_is_kept() {
    let mut scene = scene_of(&["3", "2"]);
    let made = scene.add("Fatima");
    let tablet = scene.tablet(&made);
    let answers = [
        ("q1_Where", "1"),
        ("q2_People", "37"),
        ("q3_Which_well", "a.jpg"),
    ];
    let xml = scene.xml("uuid:sealed", &answers, "");
    // While its photo is missing, nothing that is sealed waits in the clear.
    told(&tablet.send(&Upload::new(&xml)), 400, "a.jpg");
    let clear = b"<q2_People>37";
    let folder = scene.gateway.folder().clone();
    let holds = |bytes: &[u8]| {
        ["majlis.sqlite", "majlis.sqlite-wal"].iter().any(|file| {
            let there = std::fs::read(folder.join(file)).unwrap_or_default();
            there.windows(bytes.len()).any(|window| window == bytes)
        })
    };
    assert!(!holds(clear));
    let whole = Upload::new(&xml).with("a.jpg", "image/jpeg", &photo());
    told(&tablet.send(&whole), 201, "receipt");
    told(&tablet.send(&whole), 201, "counts once");
    scene.counts((1, 1, 0));
    assert!(!holds(clear));

    // Amina reads it, photo and all; the gateway that sent it on does not.
    let answer = &scene.answers()[0];
    assert_eq!(answer["sealed"], "opened");
    assert_eq!(answer["answers"][1]["value"]["value"], "37");
    let full = answer["answers"][2]["value"]["value"]["full"].clone();
    let blob = json!({ "space": scene.space, "blob": full });
    until("the photo is with Amina", || {
        let view = scene.amina.call("blob", &blob).unwrap();
        view["base64"].is_string() && view["media_type"] == "image/jpeg"
    });
    scene.gateway.kill();
    let mut reader = Command::new(village::program());
    let reader = reader.args(["--json", "--data"]).arg(&folder);
    let found = reader
        .args(["consultation", "responses", "Water"])
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&found.stdout).unwrap_or_default();
    assert_eq!(found["responses"][0]["sealed"], "closed", "{found}");
    let given = found["responses"][0]["answers"].as_array().unwrap();
    assert!(
        !given.iter().any(|one| one["value"]["value"] == "37"),
        "{found}"
    );
    let to = folder.join("seen.jpg");
    let mut reader = Command::new(village::program());
    let saved = reader
        .arg("--data")
        .arg(&folder)
        .args(["save", full.as_str().unwrap(), "--to"])
        .arg(&to)
        .output()
        .unwrap();
    assert!(!saved.status.success() && !to.exists(), "{saved:?}");
}

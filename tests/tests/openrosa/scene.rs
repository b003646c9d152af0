//! An intake device with tablets, the space whose question they answer, and what is expected of replies.

use majlis_tests::gateway::Gateway;
use majlis_tests::tablet::{Reply, Tablet, Upload};
use majlis_tests::village::{Village, until};
use serde_json::{Value, json};

pub(crate) const SETTINGS: &str =
    "[tablets]\nlisten = \"127.0.0.1:0\"\n[tablets.pace]\nwrong_tokens_a_minute = 8\n";
pub(crate) const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/icons/icon.png");
/// What a camera might have noted, in a chunk of a PNG file of its own.
pub(crate) const NOTED: &[u8] = b"Comment\0GPS 34.0209 N 6.8416 W";

pub(crate) struct Scene {
    pub(crate) amina: Village,
    pub(crate) gateway: Gateway,
    pub(crate) space: String,
    pub(crate) consultation: String,
    pub(crate) version: String,
}

pub(crate) fn ticket(village: &Village, rank: &str) -> String {
    let made = village.majlis(&["invite", "--rank", rank, "--uses", "5"]);
    made["ticket"].as_str().unwrap().to_owned()
}

/// Amina's space with an open consultation, and a gateway that a steward let in as an intake device.
pub(crate) fn scene() -> Scene {
    scene_of(&[])
}

/// The same, opened with what is sealed of it.
pub(crate) fn scene_of(seal: &[&str]) -> Scene {
    let mut amina = Village::new(None);
    amina.majlis(&["me", "--name", "Amina"]);
    amina.majlis(&["space", "new", "Ain Safa"]);
    let mut ask = vec!["consultation", "new", "--title", "Water"];
    if seal.is_empty() {
        ask.push("--open");
    }
    for question in [
        "single!:Where?:School|Market",
        "whole:People?:0..40",
        "photo:Which well?",
        "sound:Why?",
    ] {
        ask.extend(["--question", question]);
    }
    amina.majlis(&ask);
    if !seal.is_empty() {
        let open = [
            "consultation",
            "open",
            "Water",
            "--keepers",
            "Amina",
            "--seal",
        ];
        amina.majlis(&[&open, seal].concat());
    }
    amina.serve();
    let mut gateway = Gateway::new(SETTINGS);
    gateway.start();
    let observer = ticket(&amina, "observer");
    assert!(
        !gateway
            .run(&["join", "--for-tablets", &observer])
            .status
            .success()
    );
    let said = gateway.order(&["join", "--for-tablets", &ticket(&amina, "facilitator")]);
    assert!(said.starts_with("joined Ain Safa"), "{said}");
    until("the gateway is in and has the question", || {
        let status = gateway.status();
        let list = gateway.run(&["tablets", "list"]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap_or_default();
        status["spaces"][0]["rank"] == "facilitator" && list["forms"][0]["title"] == "Water"
    });
    let list = listed(&gateway);
    assert_eq!(list["may"], true);
    assert_eq!(list["forms"][0]["withheld"], "");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Scene {
        space: text(&gateway.status()["spaces"][0]["space"]),
        consultation: text(&list["forms"][0]["consultation"]),
        version: text(&list["forms"][0]["version"]),
        amina,
        gateway,
    }
}

pub(crate) fn listed(gateway: &Gateway) -> Value {
    serde_json::from_str(&gateway.order(&["tablets", "list"])).unwrap()
}

/// A photo with something that a camera noted, which is large enough to be made small.
pub(crate) fn photo() -> Vec<u8> {
    let file = std::fs::read(PHOTO).unwrap();
    // After the signature and the first chunk.
    let (first, rest) = file.split_at(8 + 25);
    let mut noted = first.to_vec();
    noted.extend_from_slice(&u32::try_from(NOTED.len()).unwrap().to_be_bytes());
    let chunk = [b"tEXt", NOTED].concat();
    noted.extend_from_slice(&chunk);
    let mut sum = flate2::Crc::new();
    sum.update(&chunk);
    noted.extend_from_slice(&sum.sum().to_be_bytes());
    noted.extend_from_slice(rest);
    noted
}

pub(crate) fn sound() -> Vec<u8> {
    [b"OggS".to_vec(), vec![7; 40_000]].concat()
}

impl Scene {
    pub(crate) fn add(&self, officer: &str) -> Value {
        let address = self.gateway.for_tablets();
        let order = [
            "tablets",
            "add",
            officer,
            "--consent",
            "--address",
            &address,
        ];
        serde_json::from_str(&self.gateway.order(&order)).unwrap()
    }

    /// The tablet of a token, at where the gateway listens now.
    pub(crate) fn tablet(&self, made: &Value) -> Tablet {
        let token = made["token"].as_str().unwrap();
        Tablet::at(&format!("{}/t/{token}", self.gateway.for_tablets()))
    }

    /// Answers as Collect writes them.
    pub(crate) fn xml(&self, instance: &str, answers: &[(&str, &str)], meta: &str) -> String {
        let (id, version) = (&self.consultation, &self.version);
        let answers: String = answers
            .iter()
            .map(|(name, text)| format!("<{name}>{text}</{name}>"))
            .collect();
        format!(
            "<?xml version='1.0' ?><data id=\"{id}\" version=\"{version}\" \
             xmlns:orx=\"http://openrosa.org/xforms\">{answers}<orx:meta>\
             <orx:instanceID>{instance}</orx:instanceID>{meta}</orx:meta></data>"
        )
    }

    pub(crate) fn simple(&self, instance: &str, place: &str) -> Upload {
        Upload::new(&self.xml(instance, &[("q1_Where", place), ("q2_People", "7")], ""))
    }

    /// What the figures of the first question say on Amina's device.
    pub(crate) fn count(&self) -> (u64, u64, u64) {
        let results = self.results();
        let bars = results["questions"][0]["figures"]["bars"].clone();
        let bar = |at: usize| bars[at]["count"]["all"].as_u64().unwrap_or_default();
        let all = results["counted"]["all"].as_u64().unwrap_or_default();
        assert_eq!(results["counted"]["assisted"], results["counted"]["all"]);
        (all, bar(0), bar(1))
    }

    pub(crate) fn results(&self) -> Value {
        let results = self.amina.run(&["consultation", "results", "Water"]);
        serde_json::from_slice(&results.stdout).unwrap()
    }

    pub(crate) fn counts(&self, wanted: (u64, u64, u64)) {
        until(&format!("Amina counts {wanted:?}"), || {
            self.count() == wanted
        });
    }

    pub(crate) fn answers(&self) -> Vec<Value> {
        let args = json!({
            "space": self.space, "consultation": self.consultation,
            "mine": false, "text": "", "offset": 0, "limit": 0,
        });
        let page = self.amina.call("responses", &args).unwrap();
        page["responses"].as_array().unwrap().clone()
    }
}

pub(crate) fn is_openrosa(reply: &Reply) {
    assert_eq!(reply.headers["x-openrosa-version"], "1.0");
    assert!(reply.headers.contains_key("date"));
    assert!(
        reply.headers["x-openrosa-accept-content-length"]
            .parse::<u64>()
            .unwrap()
            > 0
    );
}

pub(crate) fn told(reply: &Reply, status: u16, word: &str) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    is_openrosa(reply);
    assert!(text.contains("<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\">"));
    let received = if status < 300 {
        "submit_success"
    } else {
        "submit_error"
    };
    assert!(text.contains(received), "{text}");
    assert!(text.contains(word), "{text}");
}

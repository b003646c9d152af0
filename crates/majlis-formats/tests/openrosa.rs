//! Tablets read our forms, and what they send becomes answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking and says what it skips"
)]

use std::path::Path;
use std::sync::Arc;

use majlis_formats::openrosa::{
    Listed, ListedFile, SubmissionError, form_list, hash, manifest, media_names, read_submission,
    respond, write_form, write_submission,
};
use majlis_formats::simulate::simulate;
use majlis_formats::{Logic, Moment, Surroundings, xlsform};

const FOLDER: &str = "../../../shared/data/xlsform";

fn shared() -> Vec<(String, Arc<Logic>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            let form = xlsform::read(&bytes, &name).form.unwrap();
            (name, Arc::new(Logic::new(&form).unwrap()))
        })
        .collect()
}

/// Walks XML and counts its elements; panics where it is not sound.
fn elements(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut names = Vec::new();
    let mut open = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
                let name = tag.name().as_ref().to_owned();
                names.push(name.clone());
                open.push(name);
            }
            quick_xml::events::Event::End(tag) => {
                assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref()));
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty());
    names
}

#[test]
fn every_shared_form_becomes_a_sound_xform() {
    for (name, logic) in shared() {
        let xml = write_form(&logic);
        let names = elements(&xml);
        for wanted in ["h:html", "model", "instance", "bind", "h:body", "meta"] {
            assert!(names.iter().any(|own| own == wanted), "{name}: {wanted}");
        }
        assert!(!xml.contains("${"), "{name}");
        // Collect lets an officer correct what was sent only where the form says so.
        assert!(
            xml.contains("<submission odk:client-editable=\"true\"/>"),
            "{name}"
        );
    }
}

#[test]
fn answers_survive_the_way_over_a_tablet() {
    for (name, logic) in shared() {
        let around = Surroundings {
            now: Moment::read("2026-11-26T10:30:00.000+02:00"),
            ..Surroundings::default()
        };
        for answers in simulate(logic.clone(), around, 5).take(25) {
            let answers = answers.unwrap();
            let xml = write_submission(&logic, "uuid:1", &answers);
            let submission = read_submission(&logic, xml.as_bytes()).unwrap();
            assert_eq!(submission.answers, answers, "{name}");
            assert_eq!(submission.instance_id.as_deref(), Some("uuid:1"));
            assert_eq!(submission.form_id, logic.form().settings.id);
            assert!(submission.unknown.is_empty() && submission.malformed.is_empty());
        }
    }
}

#[test]
fn what_collect_sends_is_read() {
    let Some((_, logic)) = shared().into_iter().find(|(name, _)| name == "tutorial") else {
        return;
    };
    let xml = r#"<?xml version='1.0' ?>
        <data id="tutorial" version="3"><member><name>أمينة &amp; co</name><sex>female</sex>
        <age_in_years>٣٤</age_in_years><surprise>x</surprise></member>
        <member jr:template="" xmlns:jr="http://openrosa.org/javarosa"><name/></member>
        <member><name>Omar</name><age_in_years>old</age_in_years></member>
        <meta><instanceID>uuid:9</instanceID><deprecatedID>uuid:8</deprecatedID></meta></data>"#;
    let submission = read_submission(&logic, xml.as_bytes()).unwrap();
    let members = submission.answers.instances("member");
    assert_eq!(members.len(), 2);
    assert_eq!(members[0].text("name"), Some("أمينة & co"));
    assert_eq!(members[0].text("age_in_years"), Some("34"));
    assert_eq!(submission.version.as_deref(), Some("3"));
    assert_eq!(submission.deprecated_id.as_deref(), Some("uuid:8"));
    assert_eq!(submission.unknown.get("/member[1]/surprise").unwrap(), "x");
    assert_eq!(submission.malformed, ["/member[2]/age_in_years"]);
}

#[test]
fn hostile_submissions_are_refused() {
    let Some((_, logic)) = shared().into_iter().find(|(name, _)| name == "tutorial") else {
        return;
    };
    let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
    let wide = format!("<data>{}</data>", "<a/>".repeat(300_000));
    for xml in [
        "<!DOCTYPE data [<!ENTITY a 'b'>]><data>&a;</data>",
        "<data>&undeclared;</data>",
        "<data><open></data>",
        "<data>",
        "",
        "text",
        deep.as_str(),
        wide.as_str(),
    ] {
        assert!(
            read_submission(&logic, xml.as_bytes()).is_err(),
            "{}",
            xml.len()
        );
    }
    assert_eq!(
        read_submission(&logic, b"<data encrypted=\"yes\"/>"),
        Err(SubmissionError::Encrypted)
    );
    assert!(read_submission(&logic, b"<data>\xff</data>").is_err());
    // Any bytes at all: an error or a submission, and never a panic.
    let sound = write_submission(
        &logic,
        "uuid:1",
        &majlis_formats::answer::Answers::default(),
    );
    let mut chance = fastrand::Rng::with_seed(3);
    for _ in 0..3_000 {
        let mut bytes = sound.clone().into_bytes();
        for _ in 0..chance.usize(1..6) {
            let place = chance.usize(..bytes.len());
            bytes[place] = chance.u8(..);
        }
        bytes.truncate(chance.usize(..=bytes.len()));
        let _ = read_submission(&logic, &bytes);
    }
}

#[test]
fn lists_are_as_the_protocol_says() {
    let list = form_list(&[Listed {
        id: "a&b".to_owned(),
        title: "استبيان".to_owned(),
        version: Some("1".to_owned()),
        hash: hash(b"abc"),
        download_url: "https://example.org/f?x=1&y=2".to_owned(),
        manifest_url: Some("https://example.org/m".to_owned()),
    }]);
    assert_eq!(
        elements(&list),
        [
            "xforms",
            "xform",
            "formID",
            "name",
            "version",
            "hash",
            "downloadUrl",
            "manifestUrl"
        ]
    );
    assert!(list.contains("md5:900150983cd24fb0d6963f7d28e17f72"));
    assert!(list.contains("a&amp;b"));
    let files = manifest(&[ListedFile {
        name: "a.jpg".to_owned(),
        hash: hash(b""),
        download_url: "u".to_owned(),
    }]);
    assert_eq!(
        elements(&files),
        ["manifest", "mediaFile", "filename", "hash", "downloadUrl"]
    );
    assert!(respond("thanks", true).contains("submit_success"));
    for (name, logic) in shared() {
        if name == "xlsform_spec_test" {
            let names = media_names(logic.form());
            assert!(names.contains(&"chinese_audio.wav".to_owned()));
            assert!(names.contains(&"a.jpg".to_owned()));
        }
    }
}

#[test]
fn parameters_of_recordings_stand_where_tablets_look_for_them() {
    use majlis_formats::form::{DEFAULT_LANGUAGE, Form, Item, Kind};
    let mut form = Form::default();
    for (name, kind, parameter, value) in [
        ("photo", Kind::Image, "max-pixels", "640"),
        ("voice", Kind::Audio, "quality", "voice-only"),
        ("here", Kind::Geopoint, "allow-mock-accuracy", "true"),
    ] {
        let mut item = Item::new(name, kind);
        item.label
            .0
            .insert(DEFAULT_LANGUAGE.to_owned(), "Q".to_owned());
        item.parameters
            .insert(parameter.to_owned(), value.to_owned());
        form.items.push(item);
    }
    let mut file = Item::new(
        "village",
        Kind::SelectFromFile {
            multiple: false,
            file: "villages.csv".to_owned(),
        },
    );
    file.parameters
        .insert("value".to_owned(), "code".to_owned());
    form.items.push(file);
    form.items[0].rules.default = Some("well.jpg".to_owned());
    let xml = write_form(&Logic::new(&form).unwrap());
    for wanted in [
        r#"<bind nodeset="/data/photo" type="binary" orx:max-pixels="640"/>"#,
        r#"<bind nodeset="/data/voice" type="binary" odk:quality="voice-only"/>"#,
        r#"<bind nodeset="/data/here" type="geopoint" odk:allow-mock-accuracy="true"/>"#,
        r#"<value ref="code"/><label ref="label"/>"#,
        "<photo>jr://images/well.jpg</photo>",
    ] {
        assert!(xml.contains(wanted), "{wanted} is not in {xml}");
    }
    elements(&xml);
}

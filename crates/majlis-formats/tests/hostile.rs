//! No bytes make the readers panic, hang, or take more memory than they may.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking and says what it skips"
)]

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use majlis_formats::form::{Form, Item, Kind};
use majlis_formats::workbook::{Workbook, WorkbookError};
use majlis_formats::xlsform;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is measured for one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

const FOLDER: &str = "../../../shared/data/xlsform";

fn shared() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn content(rows: &str) -> Vec<u8> {
    let xml = format!(
        "<office:document-content xmlns:office='o' xmlns:table='t' xmlns:text='x'><office:body><office:spreadsheet><table:table table:name='survey'>{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[("content.xml", xml.into_bytes())])
}

/// The parts of an XLSX with one sheet.
fn sheet(rows: &str) -> Vec<u8> {
    let book =
        "<workbook xmlns:r='r'><sheets><sheet name='survey' r:id='rId1'/></sheets></workbook>";
    let relations = "<Relationships><Relationship Id='rId1' Type='x/worksheet' Target='worksheets/sheet1.xml'/></Relationships>";
    archive(&[
        ("xl/workbook.xml", book.into()),
        ("xl/_rels/workbook.xml.rels", relations.into()),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes(),
        ),
    ])
}

#[test]
fn changed_and_cut_files_are_errors_or_forms() {
    let _alone = alone();
    let seed = std::env::var("SEED").map_or(20_261_126, |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let files = shared();
    if files.is_empty() {
        return;
    }
    let began = Instant::now();
    let (mut read, mut refused) = (0, 0);
    while began.elapsed() < Duration::from_secs(8) {
        let (name, bytes) = &files[chance.usize(..files.len())];
        // The largest takes as long as twenty others.
        if bytes.len() > 100_000 && chance.u8(..20) > 0 {
            continue;
        }
        let mut bytes = bytes.clone();
        match chance.u8(..4) {
            0 => bytes.truncate(chance.usize(..bytes.len())),
            1 => {
                // A whole stretch of the file replaced by one byte.
                let from = chance.usize(..bytes.len());
                let to = (from + chance.usize(1..600)).min(bytes.len());
                let fill = *chance.choice(&[0, 0xff, 0x7f, 1]).unwrap();
                bytes[from..to].fill(fill);
            }
            _ => {
                for _ in 0..chance.usize(1..12) {
                    let place = chance.usize(..bytes.len());
                    bytes[place] ^= 1 << chance.u8(..8);
                }
            }
        }
        // What lies in an archive is checked by sums, so changes inside are made inside.
        if chance.u8(..3) == 0
            && let Some(changed) =
                changed_inside(&files[chance.usize(..files.len())].1, &mut chance)
        {
            bytes = changed;
        }
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let each = Instant::now();
        let reading = xlsform::read(&bytes, "form");
        assert!(each.elapsed() < Duration::from_secs(10), "{name} took long");
        let peak = MEMORY.peak_usage().saturating_sub(before);
        assert!(peak < 600 << 20, "{name} took {peak} bytes");
        if reading.is_usable() {
            read += 1;
        } else {
            assert!(reading.errors().count() > 0);
            refused += 1;
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 0 && refused > 0);
}

/// An archive with some letters of one part changed; nothing for what is no archive.
fn changed_inside(bytes: &[u8], chance: &mut fastrand::Rng) -> Option<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).unwrap();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut text).unwrap();
        parts.push((part.name().unwrap().into_owned(), text));
    }
    let marks = [
        &b"<"[..],
        b">",
        b"\"",
        b"&amp;",
        b"&x;",
        b"99999999999",
        b"A0",
        b"-1",
        b"s",
        b"",
    ];
    for _ in 0..chance.usize(1..8) {
        let part = chance.usize(..parts.len());
        let text = &mut parts[part].1;
        if !text.is_empty() {
            let place = chance.usize(..text.len());
            let end = (place + chance.usize(..4)).min(text.len());
            let mark = chance.choice(&marks).unwrap().to_vec();
            text.splice(place..end, mark);
        }
    }
    let parts: Vec<(&str, Vec<u8>)> = parts
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    Some(archive(&parts))
}

#[test]
fn what_grows_beyond_bounds_is_refused() {
    let _alone = alone();
    // One cell that stands a billion times.
    let repeated = content(
        "<table:table-row table:number-rows-repeated='1000000'><table:table-cell table:number-columns-repeated='16384'><text:p>x</text:p></table:table-cell></table:table-row>",
    );
    // One sheet of empty cells as large as can be is fine.
    let empty = content(
        "<table:table-row><table:table-cell><text:p>type</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated='1048575'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>",
    );
    // A part that inflates to more than is read.
    let bomb = archive(&[("content.xml", vec![b' '; 130 << 20])]);
    // Two cells at the far corners of a sheet.
    let far = sheet(
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    );
    let long = sheet(&format!(
        "<row r='1'><c r='A1' t='inlineStr'><is><t>{}</t></is></c></row>",
        "x".repeat(40_000)
    ));
    for (bytes, sound) in [
        (&repeated, false),
        (&empty, true),
        (&bomb, false),
        (&far, true),
        (&long, false),
    ] {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let read = Workbook::read(bytes);
        assert_eq!(read.is_ok(), sound, "{read:?}");
        if let Err(error) = read {
            assert!(matches!(error, WorkbookError::TooMuch { .. }), "{error}");
        }
        assert!(MEMORY.peak_usage() - before < 400 << 20);
    }
}

#[test]
fn entities_and_depth_are_refused() {
    let _alone = alone();
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><x>&b;</x>";
    let deep = format!("{}{}", "<x>".repeat(100_000), "</x>".repeat(100_000));
    for xml in [bomb.to_owned(), deep] {
        assert!(Workbook::read(&archive(&[("content.xml", xml.into_bytes())])).is_err());
    }
}

#[test]
fn other_files_are_no_spreadsheets() {
    let _alone = alone();
    for bytes in [
        &b""[..],
        b"PK",
        b"PK\x03\x04",
        b"type,name\ntext,a\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        &archive(&[("word/document.xml", b"<x/>".to_vec())]),
    ] {
        assert!(Workbook::read(bytes).is_err());
    }
    let reading = xlsform::read(b"nonsense", "form");
    let json = serde_json::to_value(&reading).unwrap();
    assert_eq!(json["messages"][0]["code"], "unreadable");
    assert_eq!(json["messages"][0]["reason"]["code"], "not_a_spreadsheet");
}

#[test]
fn a_file_of_a_word_processor_is_read_as_typed() {
    let _alone = alone();
    // ODS as LibreOffice writes it: types, spaces, line ends, comments, repeated cells.
    let cell = |text: &str| {
        format!(
            "<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let rows = format!(
        "<table:table-row>{}{}{}{}</table:table-row><table:table-row>{}{}{}<table:table-cell office:value-type='boolean' office:boolean-value='true'><text:p>TRUE</text:p></table:table-cell></table:table-row><table:table-row>{}{}{}<table:table-cell/></table:table-row>",
        cell("type"),
        cell("name"),
        cell("label::Arabic (ar)"),
        cell("required"),
        cell("integer"),
        cell("age"),
        cell("كم<text:s/>عمرك؟<office:annotation><text:p>a comment</text:p></office:annotation>"),
        cell("date"),
        cell("day"),
        cell("one</text:p><text:p>two"),
    );
    let reading = xlsform::read(&content(&rows), "form");
    assert!(reading.is_usable(), "{:?}", reading.messages);
    let form = reading.form.unwrap();
    assert_eq!(form.items[0].label.0["Arabic (ar)"], "كم عمرك؟");
    assert_eq!(form.items[0].rules.required.as_deref(), Some("true()"));
    assert_eq!(form.items[1].label.0["Arabic (ar)"], "one\ntwo");
    assert!(form.languages[0].right_to_left);
}

/// A form of chance, with everything that a spreadsheet can say of it.
fn chance_form(chance: &mut fastrand::Rng) -> Form {
    let text = |chance: &mut fastrand::Rng| -> String {
        let words = [
            "=1+1", "'quoted'", "سؤال", "a\nb", "<&>", "_x000D_", "-", "٣", "C:\\x", "TRUE", "1.0",
        ];
        let count = chance.usize(1..4);
        let words: Vec<&str> = (0..count)
            .map(|_| *chance.choice(&words).unwrap())
            .collect();
        words.join(" ")
    };
    let languages = ["Arabic (ar)", "French (fr)", "default"];
    let texts = |chance: &mut fastrand::Rng| {
        let mut texts = majlis_formats::form::Texts::default();
        for language in languages {
            if chance.bool() {
                texts.0.insert(language.to_owned(), text(chance));
            }
        }
        texts
    };
    let mut number = 0;
    let mut items = Vec::new();
    let mut groups: Vec<Item> = Vec::new();
    for _ in 0..chance.usize(1..30) {
        number += 1;
        let kind = match chance.u8(..12) {
            0 => Kind::Integer,
            1 => Kind::Note,
            2 => Kind::SelectOne {
                list: "l".to_owned(),
                or_other: chance.bool(),
            },
            3 => Kind::Rank {
                list: "l".to_owned(),
            },
            4 => Kind::Geotrace,
            5 => Kind::SelectFromFile {
                multiple: chance.bool(),
                file: "places.csv".to_owned(),
            },
            6 => Kind::Other {
                written: "audit".to_owned(),
            },
            7 => Kind::Group,
            8 => Kind::Repeat,
            _ => Kind::Text,
        };
        let mut item = Item::new(&format!("q{number}"), kind);
        item.label = texts(chance);
        item.hint = texts(chance);
        item.constraint_message = texts(chance);
        if chance.bool() {
            item.rules.relevant = Some("1 = 1".to_owned());
            item.kept.insert("bind::x".to_owned(), text(chance));
        }
        if chance.bool() {
            item.media
                .insert(majlis_formats::form::MediaKind::Audio, texts(chance));
            item.media.retain(|_, texts| !texts.is_empty());
            // What a type does not know would be an error; this one is of texts.
            if item.kind == Kind::Text {
                item.parameters.insert("rows".to_owned(), "9".to_owned());
            }
        }
        if item.kind.is_section() && groups.len() < 4 {
            groups.push(item);
        } else if let Some(group) = groups.last_mut().filter(|_| !item.kind.is_section()) {
            group.items.push(item);
            if chance.u8(..4) == 0 {
                let closed = groups.pop().unwrap();
                match groups.last_mut() {
                    Some(outer) => outer.items.push(closed),
                    None => items.push(closed),
                }
            }
        } else if !item.kind.is_section() {
            items.push(item);
        }
    }
    items.extend(groups);
    let choice = |name: &str, chance: &mut fastrand::Rng| majlis_formats::form::Choice {
        name: name.to_owned(),
        label: texts(chance),
        properties: [("area".to_owned(), text(chance))].into(),
        ..Default::default()
    };
    let lists = vec![majlis_formats::form::ChoiceList {
        name: "l".to_owned(),
        choices: vec![choice("1", chance), choice("b", chance)],
    }];
    Form {
        settings: majlis_formats::form::Settings {
            title: text(chance),
            id: "form".to_owned(),
            version: Some("1.0".to_owned()),
            kept: [("style".to_owned(), "pages".to_owned())].into(),
            ..Default::default()
        },
        items,
        lists,
        kept_sheets: vec![majlis_formats::form::KeptSheet {
            name: "remarks".to_owned(),
            cells: vec![(0, 0, text(chance)), (7, 3, text(chance))],
        }],
        ..Form::default()
    }
}

#[test]
fn any_form_written_and_read_is_the_same_form() {
    let _alone = alone();
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    for seed in seed..seed + 60 {
        println!("SEED={seed}");
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut form = chance_form(&mut chance);
        let read = xlsform::read(&xlsform::write(&form).unwrap(), "other");
        let again = read.form.unwrap_or_else(|| panic!("{:?}", read.messages));
        // Which languages there are is found from the columns; the form of chance says none.
        form.languages.clone_from(&again.languages);
        assert_eq!(form, again);
        let third = xlsform::read(&xlsform::write(&again).unwrap(), "other").form;
        assert_eq!(Some(again), third);
    }
}

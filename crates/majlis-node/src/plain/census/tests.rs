//! Tables as offices write them, and what is told of what they do not say.

use majlis_core::consultation::{Choice, ChoiceDetails, Details};
use majlis_core::id::QuestionId;

use super::*;

fn asked() -> Question {
    let option = |id, label: &str, other: &str| Choice {
        id,
        label: label.into(),
        details: ChoiceDetails {
            name: format!("o{id}"),
            label: [("French (fr)".to_owned(), other.to_owned())].into(),
            ..ChoiceDetails::default()
        },
    };
    Question {
        id: QuestionId::from_bytes([1; 8]),
        label: "Who?".into(),
        hint: String::new(),
        required: false,
        kind: QuestionKind::SingleChoice(vec![
            option(1, "نساء", "Femmes"),
            option(2, "رجال", "Hommes"),
        ]),
        details: Details::default(),
    }
}

fn told(read: &CensusRead) -> [String; 2] {
    let [one, two] = &read.rows[..] else {
        panic!("{read:?}")
    };
    assert_eq!((one.id, two.id), (1, 2));
    [one.people.clone(), two.people.clone()]
}

fn rows(text: &str) -> [String; 2] {
    told(&read(&asked(), text.as_bytes(), None).unwrap())
}

#[test]
fn a_table_is_read_however_the_office_wrote_it() {
    for text in [
        "Groupe,Habitants\nFemmes,5100\nHommes,4900\n",
        "\u{feff}Groupe;Habitants\r\nfemmes;5 100\r\nHOMMES;4\u{a0}900\r\n",
        "o1\t5.100\no2\t4.900",
        "نِساء,٥١٠٠\nرجال,٤٬٩٠٠",
        "Femmes,urban,5100\nHommes,rural,4900",
    ] {
        assert_eq!(rows(text), ["5100", "4900"], "{text}");
    }
    assert_eq!(rows("Femmes;51,5 %\nHommes;48,5 %"), ["51.5", "48.5"]);
    assert_eq!(rows("Femmes,51.25\nHommes,48.75"), ["51.25", "48.75"]);
    assert_eq!(rows("Femmes,0.125\nHommes,0.875"), ["0.125", "0.875"]);
}

#[test]
fn a_column_has_thousands_or_decimals_and_not_some_of_each() {
    assert_eq!(rows("Femmes;51,250\nHommes;48,75"), ["51.25", "48.75"]);
    assert_eq!(rows("Femmes;51,250\nHommes;48,750"), ["51250", "48750"]);
    assert_eq!(
        rows("Femmes;1.200\nHommes;1.200.300\n"),
        ["1200", "1200300"]
    );
}

#[test]
fn a_mark_in_one_name_parts_no_columns() {
    let read = read(
        &asked(),
        b"Group,People\n\"Femmes; filles\",5100\nHommes,4900\n",
        None,
    )
    .unwrap();
    assert_eq!((read.rows.len(), read.rows[0].people.as_str()), (1, "4900"));
    assert_eq!(read.strays[0].text, "Femmes; filles");
}

#[test]
fn numbers_of_a_workbook_are_decimals_and_its_texts_may_be_thousands() {
    for (numbers, expected) in [
        (["0.125", "0.875"], ["0.125", "0.875"]),
        (["51.25", "48.75"], ["51.25", "48.75"]),
        (["1234.125", "2000"], ["1234.125", "2000"]),
    ] {
        let row = |at: usize, name: &str| {
            format!(
                "<row r='{}'><c t='inlineStr'><is><t>{name}</t></is></c><c><v>{}</v></c></row>",
                at + 4,
                numbers[at]
            )
        };
        let both = row(0, "Femmes") + &row(1, "Hommes");
        assert_eq!(
            told(&read(&asked(), &sheet(&both), None).unwrap()),
            expected
        );
    }
    let text = |name: &str, people: &str| {
        format!(
            "<row><c t='inlineStr'><is><t>{name}</t></is></c>\
             <c t='inlineStr'><is><t>{people}</t></is></c></row>"
        )
    };
    let both = text("Femmes", "5.100") + &text("Hommes", "4.900");
    assert_eq!(
        told(&read(&asked(), &sheet(&both), None).unwrap()),
        ["5100", "4900"]
    );
    // Lines are told by the numbers that the spreadsheet shows.
    let stray = "<row r='7'><c t='inlineStr'><is><t>Children</t></is></c><c><v>4</v></c></row>";
    assert_eq!(
        read(&asked(), &sheet(stray), None).unwrap().strays[0].row,
        7
    );
}

/// An XLSX with one sheet.
fn sheet(rows: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    for (name, text) in [
        (
            "xl/workbook.xml",
            "<workbook xmlns:r='r'><sheets><sheet name='a' r:id='rId1'/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id='rId1' Type='x/worksheet' \
             Target='worksheets/sheet1.xml'/></Relationships>",
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_names_no_group_is_told_with_its_line() {
    let read = read(
        &asked(),
        b"Group,People\nFemmes,10\nChildren,4\nFemmes,3\n",
        None,
    )
    .unwrap();
    assert_eq!(read.rows.len(), 1);
    let strays: Vec<(u32, &str)> = read
        .strays
        .iter()
        .map(|one| (one.row, &*one.text))
        .collect();
    assert_eq!(strays, [(3, "Children"), (4, "Femmes")]);
}

#[test]
fn one_column_says_how_many_and_codes_stand_before_names() {
    let told = |text: &str, column| {
        let read = read(&asked(), text.as_bytes(), column).unwrap();
        let rows: Vec<String> = read.rows.iter().map(|row| row.people.clone()).collect();
        let titles: Vec<String> = read.columns.iter().map(|one| one.title.clone()).collect();
        (
            rows.join(" "),
            titles.join("|"),
            read.column,
            read.strays.len(),
        )
    };
    let codes = "Code,Group,2010,2022\n01,Femmes,5000,5100\n02,Hommes,4800,4900\n";
    assert_eq!(
        told(codes, None),
        ("5100 4900".into(), "Code|2010|2022".into(), Some(4), 0)
    );
    assert_eq!(
        told(codes, Some(3)),
        ("5000 4800".into(), "Code|2010|2022".into(), Some(3), 0)
    );
    // What one line lacks is not taken from another column.
    let holes = "الفئة;العدد;النسبة\nنساء;5100;51\nرجال;4900;\n";
    assert_eq!(
        told(holes, None),
        ("5100 4900".into(), "العدد|النسبة".into(), Some(2), 0)
    );
    assert_eq!(
        told(holes, Some(3)),
        ("51".into(), "العدد|النسبة".into(), Some(3), 1)
    );
    let refused = read(&asked(), codes.as_bytes(), Some(2)).unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadInput);
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    for bytes in [
        b"PK\x03\x04 broken".as_slice(),
        b"\xff\xfe\x00a",
        b"\"open,1",
    ] {
        let refused = read(&asked(), bytes, None).unwrap_err();
        assert_eq!(refused.code, ErrorCode::BadInput);
        assert!(!refused.message.is_empty());
    }
    for empty in ["", "Femmes\nHommes"] {
        assert_eq!(read(&asked(), empty.as_bytes(), None).unwrap().rows, []);
    }
}

#[test]
fn a_group_that_no_option_is_for_is_told_though_its_number_looks_like_a_year() {
    for (text, title, strays) in [
        (
            "Group;People\nEnfants;2004\nFemmes;5100\nHommes;4900\n",
            "People",
            &["Enfants"][..],
        ),
        (
            ";People\nEnfants;2004\nFemmes;5100\nHommes;4900\n",
            "People",
            &["Enfants"],
        ),
        // Years in a line that names nothing, or under nothing else, are a heading.
        (
            "Group;People\n;2022\nFemmes;5100\nHommes;4900\n",
            "2022",
            &[],
        ),
        (
            "Census;\nGroup;2022\nFemmes;5100\nHommes;4900\n",
            "2022",
            &[],
        ),
        (
            "Group;2022\nEnfants;2004\nFemmes;5100\nHommes;4900\n",
            "2022",
            &["Group", "Enfants"],
        ),
    ] {
        let read = read(&asked(), text.as_bytes(), None).unwrap();
        let told: Vec<&str> = read.strays.iter().map(|one| &*one.text).collect();
        assert_eq!(
            (&*read.columns[0].title, &told[..]),
            (title, strays),
            "{text}"
        );
        assert_eq!(read.rows.len(), 2, "{text}");
    }
    // Without a number of any known group, nothing heads anything.
    let read = read(&asked(), b"Enfants;2004\nFemmes;many\n", None).unwrap();
    assert_eq!((read.rows.len(), read.strays.len()), (0, 1));
}

#[test]
fn a_large_table_for_a_question_of_many_options_is_read_in_seconds() {
    let mut question = asked();
    let languages = ["French (fr)", "Arabic (ar)", "English (en)", "Persian (fa)"];
    let options = (1..=1_000).map(|id| Choice {
        id,
        label: format!("district number {id}"),
        details: ChoiceDetails {
            name: format!("o{id}"),
            label: languages
                .map(|language| (language.to_owned(), format!("{language} district {id}")))
                .into(),
            ..ChoiceDetails::default()
        },
    });
    question.kind = QuestionKind::SingleChoice(options.collect());
    // Lines of words above, one of them wide, then the groups, one of them wide too.
    let wide = ";7".repeat(16_000);
    let mut table = format!("Group{}\n", ";people".repeat(16_000));
    table += &"said;on this page\n".repeat(900);
    for id in 1..=1_000 {
        let numbers = if id == 1 { &wide } else { ";5;6;8" };
        table += &format!("District NUMBER {id}{numbers}\n");
    }
    let began = std::time::Instant::now();
    let read = read(&question, table.as_bytes(), None).unwrap();
    let took = began.elapsed();
    assert_eq!((read.rows.len(), read.columns.len()), (1_000, 16_000));
    assert_eq!((read.column, &*read.rows[999].people), (Some(4), "8"));
    assert_eq!(&*read.columns[15_999].title, "people");
    assert!(took.as_secs() < 20, "{took:?}");
}

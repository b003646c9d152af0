//! The shared forms, read as the specification says.

use std::path::Path;

use majlis_formats::xlsform;

const FOLDER: &str = "../../../shared/data/xlsform";

fn shared() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_shared_form_is_usable() {
    for (name, bytes) in shared() {
        let stem = name.split('.').next().unwrap();
        let reading = xlsform::read(&bytes, stem);
        println!("== {name}");
        for message in &reading.messages {
            println!("{message}");
        }
        assert!(reading.is_usable(), "{name}");
    }
}

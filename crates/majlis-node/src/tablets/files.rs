//! Files that forms show or play: what the operator put into the folder `form-files`, in a folder
//! with the consultation's id. A consultation itself carries their names alone.

use std::path::Path;

use majlis_core::id::LaneId;

/// The folder in the data folder.
const FOLDER: &str = "form-files";
/// The largest file.
const MAX_FILE: u64 = 24 << 20;

/// A file of a form; none when it is not there, too large, or lies elsewhere.
pub(super) async fn read(data: &Path, form: LaneId, name: &str) -> Option<Vec<u8>> {
    let odd = |letter: char| matches!(letter, '/' | '\\' | ':' | '\0');
    if name.is_empty() || name.starts_with('.') || name.contains(odd) {
        return None;
    }
    let folder = data.join(FOLDER).join(form.to_string());
    // Links are resolved before the comparison, so none leads outside.
    let folder = tokio::fs::canonicalize(folder).await.ok()?;
    let file = tokio::fs::canonicalize(folder.join(name)).await.ok()?;
    let told = tokio::fs::metadata(&file).await.ok()?;
    let fits = file.starts_with(&folder) && told.is_file() && told.len() <= MAX_FILE;
    if !fits {
        return None;
    }
    tokio::fs::read(file).await.ok()
}

/// A name as a part of an address.
pub(super) fn in_address(name: &str) -> String {
    let each = name.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_plain_names_in_the_forms_own_folder_are_read() {
        let data = tempfile::tempdir().unwrap();
        let form = LaneId::new(majlis_core::id::LaneClass::Process, [3; 16]);
        let folder = data.path().join(FOLDER).join(form.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(data.path().join("secret"), "secret").unwrap();
        std::fs::write(folder.join("بئر.jpg"), "well").unwrap();
        assert_eq!(read(data.path(), form, "بئر.jpg").await.unwrap(), b"well");
        #[cfg(unix)]
        std::os::unix::fs::symlink(data.path().join("secret"), folder.join("link")).unwrap();
        for name in [
            "",
            "..",
            ".hidden",
            "../secret",
            "../../secret",
            "link",
            "other",
        ] {
            assert_eq!(read(data.path(), form, name).await, None, "{name}");
        }
    }

    #[test]
    fn a_name_is_written_for_an_address() {
        assert_eq!(in_address("a b/é.jpg"), "a%20b%2F%C3%A9.jpg");
    }
}

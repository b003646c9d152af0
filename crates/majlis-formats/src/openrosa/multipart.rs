//! The body of a submission (`multipart/form-data`, RFC 7578 over RFC 2046), taken apart as far as it arrived.
//! Not here: what the parts say, and receiving them.

/// The most parts of one body: a tablet sends one for the answers and one for each file.
const MAX_PARTS: usize = 200;
/// The longest head of a part, in bytes.
const MAX_HEAD: usize = 4 << 10;
/// The longest boundary that RFC 2046 allows, in bytes.
const MAX_BOUNDARY: usize = 70;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The field's name.
    pub name: String,
    /// The file's name, where it is a file.
    pub file: Option<String>,
    /// What it says.
    pub bytes: &'a [u8],
}

/// A body taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The parts that are there to their end, in order.
    pub parts: Vec<Part<'a>>,
    /// Whether the body ends as it must. If not, the last part, and whatever followed, is not here.
    pub whole: bool,
}

/// Why a body cannot be taken apart at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The content type is another one, or names no boundary.
    #[error("the body must be multipart/form-data with a boundary")]
    NotMultipart,
    /// More parts than are taken.
    #[error("the body has too many parts")]
    TooMany,
    /// A part says nothing of itself that can be read.
    #[error("a part of the body has no readable head")]
    BadHead,
}

/// Takes a body apart.
///
/// # Errors
///
/// [`MultipartError`]; a body that breaks off is none, see [`Parts::whole`].
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Parts<'a>, MultipartError> {
    let boundary = boundary(content_type).ok_or(MultipartError::NotMultipart)?;
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut found = Parts {
        parts: Vec::new(),
        whole: false,
    };
    // The first delimiter may stand at the very beginning, without a line before it.
    let first = delimiter.get(2..).unwrap_or_default();
    let mut rest = match body.strip_prefix(first) {
        Some(rest) => rest,
        None => match find(body, &delimiter).and_then(|at| body.get(at + delimiter.len()..)) {
            Some(rest) => rest,
            None => return Ok(found),
        },
    };
    loop {
        if rest.starts_with(b"--") {
            found.whole = true;
            return Ok(found);
        }
        // Spaces may follow a delimiter before its line ends.
        let Some(line) = find(rest, b"\r\n") else {
            return Ok(found);
        };
        let (padding, after) = rest.split_at(line);
        if !padding.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(MultipartError::BadHead);
        }
        let Some(end) = find(after, &delimiter) else {
            return Ok(found);
        };
        let (part, next) = after.split_at(end);
        if found.parts.len() == MAX_PARTS {
            return Err(MultipartError::TooMany);
        }
        found.parts.push(read(part)?);
        rest = next.get(delimiter.len()..).unwrap_or_default();
    }
}

/// A part from the line before its head to its last byte.
fn read(part: &[u8]) -> Result<Part<'_>, MultipartError> {
    let end = find(part, b"\r\n\r\n").filter(|end| *end <= MAX_HEAD);
    let (head, bytes) = part.split_at(end.ok_or(MultipartError::BadHead)?);
    let head = std::str::from_utf8(head).map_err(|_| MultipartError::BadHead)?;
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let disposition = lines
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value)
        .ok_or(MultipartError::BadHead)?;
    Ok(Part {
        name: parameter(disposition, "name").ok_or(MultipartError::BadHead)?,
        file: parameter(disposition, "filename"),
        bytes: bytes.get(4..).unwrap_or_default(),
    })
}

fn boundary(content_type: &str) -> Option<String> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let boundary = parameter(content_type, "boundary")?;
    let fits = (1..=MAX_BOUNDARY).contains(&boundary.len());
    (kind.eq_ignore_ascii_case("multipart/form-data") && fits).then_some(boundary)
}

/// A parameter after the first `;`, quoted or not.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let mut value = String::new();
        let after = after.trim_start();
        if let Some(quoted) = after.strip_prefix('"') {
            let mut letters = quoted.chars();
            loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => value.push(letters.next()?),
                    letter => value.push(letter),
                }
            }
            rest = letters.as_str();
            rest = rest.split_once(';').map_or("", |(_, rest)| rest);
        } else {
            let (plain, next) = after.split_once(';').unwrap_or((after, ""));
            value.push_str(plain.trim());
            rest = next;
        }
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=x1";
    const BODY: &[u8] = b"--x1\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a \\\"b\\\".xml\"\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--x1\r\ncontent-disposition: form-data; name=photo.jpg; filename=photo.jpg\r\n\r\n\x00\r\n--x\r\n\x01\r\n--x1--\r\n";

    #[test]
    fn parts_come_out_as_they_went_in() {
        let read = parts(KIND, BODY).unwrap();
        assert!(read.whole);
        let names: Vec<_> = read.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["xml_submission_file", "photo.jpg"]);
        assert_eq!(read.parts[0].file.as_deref(), Some("a \"b\".xml"));
        assert_eq!(read.parts[0].bytes, b"<a/>");
        // What looks like a boundary and is none belongs to the file.
        assert_eq!(read.parts[1].bytes, b"\x00\r\n--x\r\n\x01");
        let quoted = "Multipart/Form-Data; charset=utf-8; boundary=\"x1\"";
        assert_eq!(parts(quoted, BODY).unwrap(), read);
        let preamble = [b"hello\r\n", BODY].concat();
        assert_eq!(parts(KIND, &preamble).unwrap().parts, read.parts);
    }

    #[test]
    fn wherever_a_body_breaks_off_the_parts_before_are_whole_and_no_other_is() {
        let all = parts(KIND, BODY).unwrap();
        for length in 0..BODY.len() {
            let read = parts(KIND, &BODY[..length]).unwrap();
            assert_eq!(read.whole, length >= BODY.len() - 2, "{length}");
            assert_eq!(read.parts, all.parts[..read.parts.len()], "{length}");
        }
    }

    #[test]
    fn what_is_no_body_of_a_submission_is_refused() {
        for kind in [
            "text/xml",
            "multipart/form-data",
            "multipart/mixed; boundary=x1",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"x1",
        ] {
            assert_eq!(
                parts(kind, BODY),
                Err(MultipartError::NotMultipart),
                "{kind}"
            );
        }
        for part in [
            "a: b\r\n\r\nx",
            "\r\nx",
            "content-disposition: form-data\r\n\r\nx",
        ] {
            let body = format!("--x1\r\n{part}\r\n--x1--");
            let read = parts(KIND, body.as_bytes());
            assert_eq!(read, Err(MultipartError::BadHead), "{part}");
        }
        let part = "--x1\r\ncontent-disposition: form-data; name=a\r\n\r\nx\r\n";
        let body = format!("{}--x1--", part.repeat(MAX_PARTS + 1));
        assert_eq!(parts(KIND, body.as_bytes()), Err(MultipartError::TooMany));
    }
}

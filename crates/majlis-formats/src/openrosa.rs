//! OpenRosa: what tablets with ODK Collect or KoboCollect ask for and send, as texts.
//!
//! [`write_form`] gives the form as they read it, [`form_list`] and [`manifest`] what they ask for
//! before, [`parts`] and [`read_submission`] what they send, [`respond`] the answer they wait for. The requests
//! themselves are for whoever serves them.

use md5::{Digest, Md5};

use crate::form::Form;
use crate::xml::escape;

mod body;
mod form;
mod multipart;
mod reference;
mod submission;
mod texts;

pub use form::write_form;
pub use multipart::{MultipartError, Part, Parts, parts};
pub use submission::{
    MAX_SUBMISSION, Submission, SubmissionError, answered_form, read_submission, write_submission,
};

/// A form as it is offered to a tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The form's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: Option<String>,
    /// The hash of what [`write_form`] gave, by [`hash`].
    pub hash: String,
    /// Where to fetch it.
    pub download_url: String,
    /// Where to ask for its files, if it has any.
    pub manifest_url: Option<String>,
}

/// A file that belongs to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name.
    pub name: String,
    /// Its hash, by [`hash`].
    pub hash: String,
    /// Where to fetch it.
    pub download_url: String,
}

/// The name that OpenRosa gives bytes, `md5:…`. It tells versions apart and proves nothing.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    let digest = Md5::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("md5:{hex}")
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// The list of forms (Form List API 1.0).
#[must_use]
pub fn form_list(forms: &[Listed]) -> String {
    let mut list = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">",
    );
    for form in forms {
        list.push_str("<xform>");
        list.push_str(&element("formID", &form.id));
        list.push_str(&element("name", &form.title));
        if let Some(version) = &form.version {
            list.push_str(&element("version", version));
        }
        list.push_str(&element("hash", &form.hash));
        list.push_str(&element("downloadUrl", &form.download_url));
        if let Some(manifest) = &form.manifest_url {
            list.push_str(&element("manifestUrl", manifest));
        }
        list.push_str("</xform>");
    }
    list.push_str("</xforms>\n");
    list
}

/// The list of a form's files (Form Manifest API 1.0).
#[must_use]
pub fn manifest(files: &[ListedFile]) -> String {
    let mut list = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">",
    );
    for file in files {
        list.push_str("<mediaFile>");
        list.push_str(&element("filename", &file.name));
        list.push_str(&element("hash", &file.hash));
        list.push_str(&element("downloadUrl", &file.download_url));
        list.push_str("</mediaFile>");
    }
    list.push_str("</manifest>\n");
    list
}

/// What a tablet is told after it sent something (OpenRosa HTTP API 1.0).
#[must_use]
pub fn respond(message: &str, received: bool) -> String {
    let nature = if received {
        "submit_success"
    } else {
        "submit_error"
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\"><message nature=\"{nature}\">{}</message></OpenRosaResponse>\n",
        escape(message)
    )
}

/// Names of the files that a form shows or plays, each once, which its manifest must list.
#[must_use]
pub fn media_names(form: &Form) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    let mut waiting: Vec<_> = form.items.iter().collect();
    while let Some(item) = waiting.pop() {
        waiting.extend(&item.items);
        for texts in item.media.values() {
            names.extend(texts.0.values().cloned());
        }
        if let crate::form::Kind::SelectFromFile { file, .. } = &item.kind {
            names.insert(file.clone());
        }
    }
    for choice in form.lists.iter().flat_map(|list| &list.choices) {
        for texts in choice.media.values() {
            names.extend(texts.0.values().cloned());
        }
    }
    names.into_iter().filter(|name| name != "-").collect()
}

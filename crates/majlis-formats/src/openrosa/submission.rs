//! What a tablet sends, as answers of the form, and answers as a tablet would send them.

use std::collections::BTreeMap;

use crate::answer::{Answer, Answers, Entry};
use crate::form::Kind;
use crate::logic::{Logic, ROOT};
use crate::xml::{Step, Walk, XmlError, escape};

/// The longest submission that is read, in bytes.
pub const MAX_SUBMISSION: usize = 10 << 20;
/// Elements of a submission.
const MAX_ELEMENTS: usize = 200_000;

/// A submission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The form it says it answers.
    pub form_id: String,
    /// The version of the form.
    pub version: Option<String>,
    /// Names the submission; the same name again is the same submission.
    pub instance_id: Option<String>,
    /// The earlier submission that this one replaces.
    pub deprecated_id: Option<String>,
    /// Its name for people.
    pub instance_name: Option<String>,
    /// The answers. What is not of its question's kind stands as it came.
    pub answers: Answers,
    /// Names of the files that must come with it.
    pub media: Vec<String>,
    /// Paths that the form does not have, with what stood there.
    pub unknown: BTreeMap<String, String>,
    /// Paths whose text is not of the question's kind.
    pub malformed: Vec<String>,
}

/// Why a submission was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmissionError {
    /// Longer than is read.
    #[error("the submission is longer than is read")]
    TooLarge,
    /// Not UTF-8, not XML, or XML that is not allowed here.
    #[error("the submission is not sound XML: {0}")]
    Malformed(String),
    /// Encrypted for a key that is not ours.
    #[error("the submission is encrypted")]
    Encrypted,
}

impl From<XmlError> for SubmissionError {
    fn from(error: XmlError) -> Self {
        Self::Malformed(error.to_string())
    }
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Self>,
    template: bool,
}

/// Reads a submission of a form.
///
/// # Errors
///
/// If it is too long, is not XML, declares entities or a document type, or is encrypted.
pub fn read_submission(logic: &Logic, bytes: &[u8]) -> Result<Submission, SubmissionError> {
    if bytes.len() > MAX_SUBMISSION {
        return Err(SubmissionError::TooLarge);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| SubmissionError::Malformed("the text is not UTF-8".to_owned()))?;
    let mut submission = Submission::default();
    let root = tree(text, &mut submission)?;
    let mut reader = Reader {
        logic,
        submission: &mut submission,
    };
    let mut answers = Answers::default();
    reader.section(ROOT, &root, "", "", &mut answers);
    submission.answers = answers;
    Ok(submission)
}

/// The form that a submission says it answers, and its version: what must be known before it can be
/// read.
///
/// # Errors
///
/// As [`read_submission`].
pub fn answered_form(bytes: &[u8]) -> Result<(String, Option<String>), SubmissionError> {
    if bytes.len() > MAX_SUBMISSION {
        return Err(SubmissionError::TooLarge);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| SubmissionError::Malformed("the text is not UTF-8".to_owned()))?;
    let mut walk = Walk::new(text);
    loop {
        match walk.step()? {
            Step::Open(tag) => {
                let id = tag.attribute("id").unwrap_or_default();
                return Ok((id, tag.attribute("version")));
            }
            Step::Text(_) => {}
            Step::Close(_) | Step::End => {
                return Err(SubmissionError::Malformed("there is no element".into()));
            }
        }
    }
}

fn tree(text: &str, submission: &mut Submission) -> Result<Element, SubmissionError> {
    let mut walk = Walk::new(text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        match walk.step()? {
            Step::Open(tag) => {
                count += 1;
                if count > MAX_ELEMENTS {
                    return Err(SubmissionError::TooLarge);
                }
                if open.is_empty() {
                    submission.form_id = tag.attribute("id").unwrap_or_default();
                    submission.version = tag.attribute("version");
                    if tag.attribute("encrypted").is_some_and(|yes| yes == "yes") {
                        return Err(SubmissionError::Encrypted);
                    }
                }
                open.push(Element {
                    name: tag.name(),
                    template: tag.attribute("template").is_some(),
                    ..Element::default()
                });
            }
            Step::Text(more) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&more);
                }
            }
            Step::Close(_) => {
                let Some(closed) = open.pop() else {
                    return Err(SubmissionError::Malformed(
                        "an end without a beginning".into(),
                    ));
                };
                match open.last_mut() {
                    Some(outer) => outer.children.push(closed),
                    None => return Ok(closed),
                }
            }
            Step::End => return Err(SubmissionError::Malformed("there is no element".into())),
        }
    }
}

struct Reader<'a> {
    logic: &'a Logic,
    submission: &'a mut Submission,
}

impl Reader<'_> {
    /// `around` is the key among the answers, `path` the whole path with the number of instances.
    fn section(
        &mut self,
        section: usize,
        element: &Element,
        around: &str,
        path: &str,
        answers: &mut Answers,
    ) {
        let logic = self.logic;
        let children = logic
            .part(section)
            .map_or(&[][..], |part| part.children.as_slice());
        for inner in element.children.iter().filter(|inner| !inner.template) {
            if section == ROOT && inner.name == "meta" {
                self.meta(inner);
                continue;
            }
            let key = format!("{around}{}", inner.name);
            let here = format!("{path}/{}", inner.name);
            let found = children.iter().find_map(|child| {
                let part = logic.part(*child)?;
                (part.item.name == inner.name).then_some((*child, part))
            });
            let Some((child, part)) = found else {
                let counts = children.iter().any(|child| {
                    super::form::count_node(logic, *child).as_ref() == Some(&inner.name)
                });
                if !counts {
                    self.submission.unknown.insert(here, inner.text.clone());
                }
                continue;
            };
            match part.item.kind {
                Kind::Group => self.section(child, inner, &format!("{key}/"), &here, answers),
                Kind::Repeat => {
                    let entry = answers
                        .0
                        .entry(key)
                        .or_insert_with(|| Entry::Repeat(Vec::new()));
                    if let Entry::Repeat(instances) = entry {
                        let here = format!("{here}[{}]", instances.len() + 1);
                        let mut instance = Answers::default();
                        self.section(child, inner, "", &here, &mut instance);
                        instances.push(instance);
                    }
                }
                // A note holds nothing; a tablet sends its empty element.
                Kind::Note => {}
                _ => {
                    let text = match Answer::read(&part.item, &inner.text) {
                        Ok(None) => continue,
                        Ok(Some(answer)) => answer.to_string(),
                        Err(_) => {
                            self.submission.malformed.push(here);
                            inner.text.trim().to_owned()
                        }
                    };
                    if part.item.kind.is_media() {
                        self.submission.media.push(text.clone());
                    }
                    answers.0.insert(key, Entry::Text(text));
                }
            }
        }
    }

    fn meta(&mut self, meta: &Element) {
        for inner in &meta.children {
            let text = Some(inner.text.trim().to_owned()).filter(|text| !text.is_empty());
            match inner.name.as_str() {
                "instanceID" => self.submission.instance_id = text,
                "deprecatedID" => self.submission.deprecated_id = text,
                "instanceName" => self.submission.instance_name = text,
                _ => {}
            }
        }
    }
}

/// Writes answers as a tablet sends them.
#[must_use]
pub fn write_submission(logic: &Logic, instance_id: &str, answers: &Answers) -> String {
    let settings = &logic.form().settings;
    let root = super::reference::root(logic);
    let version = match &settings.version {
        Some(version) => format!(" version=\"{}\"", escape(version)),
        None => String::new(),
    };
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} id=\"{}\"{version} xmlns:orx=\"http://openrosa.org/xforms\">",
        escape(&settings.id)
    );
    write_section(logic, ROOT, "", answers, &mut xml);
    xml.push_str(&format!(
        "<orx:meta><orx:instanceID>{}</orx:instanceID></orx:meta></{root}>\n",
        escape(instance_id)
    ));
    xml
}

fn write_section(logic: &Logic, section: usize, around: &str, answers: &Answers, xml: &mut String) {
    for child in logic.part(section).map_or(&[][..], |part| &part.children) {
        let Some(part) = logic.part(*child) else {
            continue;
        };
        let name = &part.item.name;
        let key = format!("{around}{name}");
        match part.item.kind {
            Kind::Group => {
                xml.push_str(&format!("<{name}>"));
                write_section(logic, *child, &format!("{key}/"), answers, xml);
                xml.push_str(&format!("</{name}>"));
            }
            Kind::Repeat => {
                for instance in answers.instances(&key) {
                    xml.push_str(&format!("<{name}>"));
                    write_section(logic, *child, "", instance, xml);
                    xml.push_str(&format!("</{name}>"));
                }
            }
            _ => match answers.text(&key) {
                Some(text) => xml.push_str(&format!("<{name}>{}</{name}>", escape(text))),
                None => xml.push_str(&format!("<{name}/>")),
            },
        }
    }
}

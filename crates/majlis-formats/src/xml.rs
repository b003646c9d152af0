//! Events of XML from strangers: no document types, no entities of a document's own, bounded depth.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// How deep elements may lie in each other.
const MAX_DEPTH: usize = 96;

/// Why XML was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("a document type or an entity of its own is not allowed")]
    Entity,
    #[error("elements lie more than {MAX_DEPTH} deep")]
    Depth,
    #[error("{0}")]
    Malformed(String),
}

/// One step through a document.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    Open(Tag<'a>),
    Close(String),
    Text(Cow<'a, str>),
    End,
}

/// An opening tag. Names are compared without their prefix.
#[derive(Debug)]
pub(crate) struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    pub(crate) fn name(&self) -> String {
        local(self.0.name().as_ref()).to_owned()
    }

    /// The first attribute of that local name, its references resolved.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        for attribute in self.0.attributes().with_checks(false).flatten() {
            if local(attribute.key.as_ref()) == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
                return Some(value.into_owned());
            }
        }
        None
    }
}

/// What follows the last colon.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// A walk through one document.
pub(crate) struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, depth: 0 }
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn step(&mut self) -> Result<Step<'a>, XmlError> {
        loop {
            let event = self
                .reader
                .read_event()
                .map_err(|error| XmlError::Malformed(error.to_string()))?;
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(XmlError::Depth);
                    }
                    return Ok(Step::Open(Tag(tag)));
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::Close(local(end.name().as_ref()).to_owned()));
                }
                Event::Text(text) => return Ok(Step::Text(text.xml10_content())),
                Event::CData(text) => return Ok(Step::Text(text.xml10_content())),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(letter)) => letter.to_string(),
                        Ok(None) => predefined(&reference.xml10_content())
                            .ok_or(XmlError::Entity)?
                            .to_owned(),
                        Err(error) => return Err(XmlError::Malformed(error.to_string())),
                    };
                    return Ok(Step::Text(Cow::Owned(resolved)));
                }
                Event::DocType(_) => return Err(XmlError::Entity),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof if self.depth > 0 => {
                    return Err(XmlError::Malformed(
                        "the document ends too early".to_owned(),
                    ));
                }
                Event::Eof => return Ok(Step::End),
            }
        }
    }

    /// All text up to the end of the element just opened.
    pub(crate) fn text(&mut self) -> Result<String, XmlError> {
        let outside = self.depth.saturating_sub(1);
        let mut text = String::new();
        loop {
            match self.step()? {
                Step::Text(more) => text.push_str(&more),
                Step::Close(_) if self.depth <= outside => return Ok(text),
                Step::Open(_) | Step::Close(_) => {}
                Step::End => return Ok(text),
            }
        }
    }

    /// Passes over the element just opened.
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        self.text().map(drop)
    }
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// Text for XML, with what XML 1.0 cannot hold left out.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // A bare carriage return, tab or line end would be changed by the next reader.
            '\r' => escaped.push_str("&#13;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

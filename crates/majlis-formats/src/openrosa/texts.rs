//! Texts of a form in all its languages, as XForms keeps them apart from the questions.

use super::reference::label;
use crate::form::{Choice, Form, Item, MediaKind, Texts};
use crate::logic::Logic;
use crate::xml::escape;

/// The folder of a kind of file, as in `jr://images/…`.
fn folder(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image | MediaKind::BigImage => "images",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
    }
}

/// One text with its files, in one language. Where a language has no text another one speaks.
fn values(
    logic: &Logic,
    from: usize,
    texts: &Texts,
    guidance: Option<&Texts>,
    media: Option<&std::collections::BTreeMap<MediaKind, Texts>>,
    language: &str,
) -> String {
    let mut values = String::new();
    if let Some(text) = texts.in_language(language) {
        values.push_str(&format!("<value>{}</value>", label(logic, from, text)));
    }
    if let Some(text) = guidance.and_then(|texts| texts.in_language(language)) {
        values.push_str(&format!(
            "<value form=\"guidance\">{}</value>",
            label(logic, from, text)
        ));
    }
    for (kind, texts) in media.into_iter().flatten() {
        if let Some(file) = texts.in_language(language) {
            values.push_str(&format!(
                "<value form=\"{}\">jr://{}/{}</value>",
                kind.written(),
                folder(*kind),
                escape(file)
            ));
        }
    }
    values
}

/// Ids of texts and what they hold in a language.
fn entries(logic: &Logic, language: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for (index, part) in logic.parts().iter().enumerate().skip(1) {
        let item = &part.item;
        let base = super::reference::path(logic, index);
        if has_label(item) {
            let values = values(logic, index, &item.label, None, Some(&item.media), language);
            entries.push((format!("{base}:label"), values));
        }
        if has_hint(item) {
            let guidance = Some(&item.guidance_hint);
            let values = values(logic, index, &item.hint, guidance, None, language);
            entries.push((format!("{base}:hint"), values));
        }
        for (name, texts) in [
            ("jr:constraintMsg", &item.constraint_message),
            ("jr:requiredMsg", &item.required_message),
        ] {
            if !texts.is_empty() {
                let values = values(logic, index, texts, None, None, language);
                entries.push((format!("{base}:{name}"), values));
            }
        }
    }
    for list in &logic.form().lists {
        for (index, choice) in list.choices.iter().enumerate() {
            let texts = choice_texts(choice);
            let root = crate::logic::ROOT;
            let values = values(logic, root, &texts, None, Some(&choice.media), language);
            entries.push((format!("{}-{index}", list.name), values));
        }
    }
    entries
}

/// A choice without any text shows its name.
fn choice_texts(choice: &Choice) -> Texts {
    if choice.label.is_empty() && choice.media.is_empty() {
        Texts(
            [(
                crate::form::DEFAULT_LANGUAGE.to_owned(),
                choice.name.clone(),
            )]
            .into(),
        )
    } else {
        choice.label.clone()
    }
}

pub(super) fn has_label(item: &Item) -> bool {
    !item.label.is_empty() || !item.media.is_empty()
}

pub(super) fn has_hint(item: &Item) -> bool {
    !item.hint.is_empty() || !item.guidance_hint.is_empty()
}

/// All texts, the language that is shown first marked.
pub(super) fn write(logic: &Logic, form: &Form) -> String {
    let mut itext = String::from("<itext>");
    let first = form.first_language();
    for language in &form.languages {
        let mark = if language.name == first {
            " default=\"true()\""
        } else {
            ""
        };
        itext.push_str(&format!(
            "<translation lang=\"{}\"{mark}>",
            escape(&language.name)
        ));
        for (id, values) in entries(logic, &language.name) {
            itext.push_str(&format!("<text id=\"{}\">{values}</text>", escape(&id)));
        }
        itext.push_str("</translation>");
    }
    itext.push_str("</itext>");
    itext
}

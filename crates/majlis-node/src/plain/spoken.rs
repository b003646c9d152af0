//! A form's words in the language of whoever looks, where the form has them. Not here: the language that
//! somebody fills a form in, which they choose.

use std::collections::BTreeMap;

use majlis_core::consultation::Form;

use crate::api::me::Language;

const fn code(language: Language) -> &'static str {
    match language {
        Language::Ar => "ar",
        Language::Fr => "fr",
        Language::En => "en",
    }
}

/// Whether a language that a form names, as `Arabic (ar)` or `French (fr-CA)`, is the one of this code.
fn is_of(name: &str, code: &str) -> bool {
    let own = name.trim_end().strip_suffix(')');
    let own = own.and_then(|name| name.rsplit_once('('));
    own.is_some_and(|(_, own)| own.trim().split('-').next() == Some(code))
}

/// The form with its title, questions and options in that language; what has no words in it stays.
pub(crate) fn spoken(mut form: Form, language: Option<Language>) -> Form {
    let Some(code) = language.map(code) else {
        return form;
    };
    if is_of(&form.details.language, code) {
        return form;
    }
    let mut names = form.details.languages.iter();
    let Some(name) = names.find(|name| is_of(name, code)).cloned() else {
        return form;
    };
    let turn = |text: &mut String, others: &BTreeMap<String, String>| {
        if let Some(other) = others.get(&name).filter(|other| !other.is_empty()) {
            text.clone_from(other);
        }
    };
    turn(&mut form.title, &form.details.title);
    for question in &mut form.questions {
        turn(&mut question.label, &question.details.label);
        for option in question.kind.options_mut().into_iter().flatten() {
            turn(&mut option.label, &option.details.label);
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use majlis_core::consultation::form::{Choice, ChoiceDetails, Question, Stage};
    use majlis_core::consultation::{Activity, Details, FormDetails, QuestionKind};
    use majlis_core::id::QuestionId;

    fn others(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("French (fr-CA)".to_owned(), text.to_owned())])
    }

    fn form() -> Form {
        let option = Choice {
            id: 1,
            label: "بئر".into(),
            details: ChoiceDetails {
                label: others("Un puits"),
                ..ChoiceDetails::default()
            },
        };
        Form {
            title: "الماء".into(),
            description: String::new(),
            audience: String::new(),
            stage: Stage::Consult,
            questions: vec![Question {
                id: QuestionId::from_bytes([1; 8]),
                label: "من أين؟".into(),
                hint: String::new(),
                required: false,
                kind: QuestionKind::SingleChoice(vec![option]),
                details: Details {
                    // Not translated yet.
                    label: others(""),
                    ..Details::default()
                },
            }],
            activity: Activity::default(),
            details: Box::new(FormDetails {
                language: "Arabic (ar)".into(),
                languages: vec!["French (fr-CA)".into()],
                title: others("L’eau"),
                ..FormDetails::default()
            }),
            sealing: None,
        }
    }

    fn words(form: &Form) -> [String; 3] {
        let question = &form.questions[0];
        let option = question.kind.options()[0].label.clone();
        [form.title.clone(), question.label.clone(), option]
    }

    #[test]
    fn a_form_is_shown_in_the_language_of_whoever_looks_as_far_as_it_speaks_it() {
        let own = ["الماء", "من أين؟", "بئر"].map(str::to_owned);
        for language in [None, Some(Language::Ar), Some(Language::En)] {
            assert_eq!(words(&spoken(form(), language)), own);
        }
        let french = spoken(form(), Some(Language::Fr));
        let expected = ["L’eau", "من أين؟", "Un puits"].map(str::to_owned);
        assert_eq!(words(&french), expected);
    }
}

//! What forms say beyond texts and kinds, in the API's words.

use data_encoding::BASE64;
use majlis_core::consultation::form::details::{Kept, Medium, Rules, Text};
use majlis_core::consultation::{ChoiceDetails, Details, FormDetails};

use crate::api::ApiError;
use crate::api::details::{
    ChoiceDetailsView, FormDetailsView, MediumView, QuestionDetails, RulesView, TextView,
};
use crate::plain;
use crate::plain::form::{question_id, read_question_id};

pub(crate) fn media(list: &[Medium]) -> Vec<MediumView> {
    let each = list.iter().map(|medium| MediumView {
        kind: medium.kind.clone(),
        language: medium.language.clone(),
        file: medium.file.clone(),
        blob: medium.blob.map(|blob| blob.to_string()),
    });
    each.collect()
}

fn read_media(list: &[MediumView]) -> Result<Vec<Medium>, ApiError> {
    let each = list.iter().map(|view| {
        let blob = view.blob.as_deref().map(str::parse).transpose();
        Ok(Medium {
            kind: view.kind.clone(),
            language: view.language.clone(),
            file: view.file.clone(),
            blob: blob.map_err(|_| plain::bad("picture or sound of a question"))?,
        })
    });
    each.collect()
}

fn text(text: &Text) -> TextView {
    TextView {
        main: text.main.clone(),
        others: text.others.clone(),
    }
}

fn read_text(view: &TextView) -> Text {
    Text {
        main: view.main.trim().to_owned(),
        others: view.others.clone(),
    }
}

pub(crate) fn question(details: &Details) -> Option<Box<QuestionDetails>> {
    let rules = &details.rules;
    (*details != Details::default()).then(|| {
        Box::new(QuestionDetails {
            name: details.name.clone(),
            part_of: details.part_of.map(question_id),
            rules: RulesView {
                relevant: rules.relevant.clone(),
                required_if: rules.required_if.clone(),
                constraint: rules.constraint.clone(),
                calculation: rules.calculation.clone(),
                trigger: rules.trigger.clone(),
                default: rules.default.clone(),
                read_only: rules.read_only.clone(),
                choice_filter: rules.choice_filter.clone(),
                repeat_count: rules.repeat_count.clone(),
            },
            label: details.label.clone(),
            hint: details.hint.clone(),
            guidance: text(&details.guidance),
            constraint_message: text(&details.constraint_message),
            required_message: text(&details.required_message),
            appearance: details.appearance.clone(),
            media: media(&details.media),
            list: details.kept.list.clone(),
            parameters: details.kept.parameters.clone(),
            cells: details.kept.cells.clone(),
        })
    })
}

pub(crate) fn read_question(view: Option<&QuestionDetails>) -> Result<Details, ApiError> {
    let Some(view) = view else {
        return Ok(Details::default());
    };
    let part_of = view
        .part_of
        .as_deref()
        .map(|id| read_question_id(id).ok_or_else(|| plain::bad("question id").about(id)));
    let rules = &view.rules;
    let rule = |text: &String| text.trim().to_owned();
    Ok(Details {
        name: view.name.trim().to_owned(),
        part_of: part_of.transpose()?,
        rules: Rules {
            relevant: rule(&rules.relevant),
            required_if: rule(&rules.required_if),
            constraint: rule(&rules.constraint),
            calculation: rule(&rules.calculation),
            trigger: rule(&rules.trigger),
            default: rules.default.clone(),
            read_only: rule(&rules.read_only),
            choice_filter: rule(&rules.choice_filter),
            repeat_count: rule(&rules.repeat_count),
        },
        label: view.label.clone(),
        hint: view.hint.clone(),
        guidance: read_text(&view.guidance),
        constraint_message: read_text(&view.constraint_message),
        required_message: read_text(&view.required_message),
        appearance: view.appearance.trim().to_owned(),
        media: read_media(&view.media)?,
        kept: Kept {
            list: view.list.clone(),
            parameters: view.parameters.clone(),
            cells: view.cells.clone(),
        },
    })
}

pub(crate) fn choice(details: &ChoiceDetails) -> Option<Box<ChoiceDetailsView>> {
    (*details != ChoiceDetails::default()).then(|| {
        Box::new(ChoiceDetailsView {
            name: details.name.clone(),
            label: details.label.clone(),
            properties: details.properties.clone(),
            media: media(&details.media),
        })
    })
}

pub(crate) fn read_choice(view: Option<&ChoiceDetailsView>) -> Result<ChoiceDetails, ApiError> {
    let Some(view) = view else {
        return Ok(ChoiceDetails::default());
    };
    Ok(ChoiceDetails {
        name: view.name.trim().to_owned(),
        label: view.label.clone(),
        properties: view.properties.clone(),
        media: read_media(&view.media)?,
    })
}

pub(crate) fn form(details: &FormDetails) -> Option<Box<FormDetailsView>> {
    (*details != FormDetails::default()).then(|| {
        let kept = if details.kept == Default::default() {
            String::new()
        } else {
            BASE64.encode(&postcard::to_stdvec(&details.kept).unwrap_or_default())
        };
        Box::new(FormDetailsView {
            language: details.language.clone(),
            languages: details.languages.clone(),
            title: details.title.clone(),
            description: details.description.clone(),
            kept,
        })
    })
}

pub(crate) fn read_form(view: Option<&FormDetailsView>) -> Result<FormDetails, ApiError> {
    let Some(view) = view else {
        return Ok(FormDetails::default());
    };
    let kept = if view.kept.is_empty() {
        Default::default()
    } else {
        let bytes = BASE64.decode(view.kept.as_bytes()).ok();
        let kept = bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok());
        kept.ok_or_else(|| plain::bad("kept part of the form"))?
    };
    Ok(FormDetails {
        language: view.language.trim().to_owned(),
        languages: view.languages.clone(),
        title: view.title.clone(),
        description: view.description.clone(),
        kept,
    })
}

//! A filling as a page shows it: what is new or changed since the page was told last.

use std::collections::BTreeMap;

use majlis_core::consultation::Question;
use majlis_core::consultation::form::details::Medium;
use majlis_core::id::SpaceId;
use majlis_formats::filling::{self, Reason, Violation};
use majlis_formats::form::MediaKind;

use super::Session;
use crate::api::details::MediumView;
use crate::api::filling::{
    FilledQuestion, FillingView, LanguageView, RepeatView, SealedBefore, WrongName, WrongView,
};
use crate::api::process::{ChoiceView, QuestionKindView};
use crate::plain::answers::answer;
use crate::plain::sheet::option_name;
use crate::plain::{activity, form, value};

/// Words in the appearance of a group that wants to be on one page.
const ONE_PAGE: [&str; 2] = ["field-list", "table-list"];

/// What a page shows; `readers` are those who alone can read what is sealed, and how many it takes.
pub(super) fn of(
    session: &mut Session,
    space: SpaceId,
    (readers, readers_needed): (Vec<String>, u32),
) -> FillingView {
    let shown = shown(session);
    let order: Vec<String> = shown.iter().map(|one| one.path.clone()).collect();
    let wrong = shown.iter().filter(|one| one.wrong.is_some());
    let wrong = wrong.map(|one| one.path.clone()).collect();
    let repeats = repeats(session, &order);
    let mut now: BTreeMap<String, FilledQuestion> = BTreeMap::new();
    let mut changed = Vec::new();
    for one in shown {
        if session.sent.get(&one.path) != Some(&one) {
            changed.push(one.clone());
        }
        now.insert(one.path.clone(), one);
    }
    session.sent = now;
    let (answered, asked) = session.filling.progress();
    let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let whole = &session.ready.form;
    let spoken = session.filling.language();
    let title = whole.details.title.get(spoken);
    let languages = session.ready.logic.form().languages.iter();
    let steered = whole.questions.iter().any(|one| {
        let rules = &one.details.rules;
        !rules.repeat_count.is_empty() || !rules.choice_filter.is_empty()
    });
    FillingView {
        readers,
        readers_needed,
        sealed_before: session
            .saved
            .sealed_before
            .then(|| match session.keeps_sealed() {
                true => SealedBefore::Kept,
                false => SealedBefore::Replaced,
            }),
        filling: session.id.clone(),
        space: space.to_string(),
        consultation: session.saved.consultation.clone(),
        form_id: session.saved.form.clone(),
        title: title.unwrap_or(&whole.title).clone(),
        assisted: session.saved.assisted,
        slot: session.saved.slot.clone(),
        language: spoken.to_owned(),
        languages: languages
            .map(|one| LanguageView {
                name: one.name.clone(),
                code: one.code.clone(),
                right_to_left: one.right_to_left,
            })
            .collect(),
        order,
        changed,
        repeats,
        steered,
        last: session.saved.last.clone(),
        answered: short(answered),
        asked: short(asked),
        wrong,
        started: session.saved.started,
        saved: session.at.0,
    }
}

fn shown(session: &Session) -> Vec<FilledQuestion> {
    let page = session.filling.page();
    let mut out: Vec<FilledQuestion> = Vec::with_capacity(page.len());
    // The depth at which a group keeps everything on its page.
    let mut together: Option<usize> = None;
    let (mut number, mut used) = (0, false);
    for one in page {
        let at = session.ready.names.at_filling(&one.path);
        let Some(question) = at.and_then(|at| session.ready.form.questions.get(at)) else {
            continue;
        };
        if together.is_some_and(|depth| one.depth <= depth) {
            (together, used) = (None, true);
        }
        let section = one.kind.is_section();
        if used && together.is_none() {
            number += 1;
            used = false;
        }
        let appearance = one.appearance.clone().unwrap_or_default();
        let words = |word: &&str| appearance.split_whitespace().any(|own| own == *word);
        if section && together.is_none() && ONE_PAGE.iter().any(words) {
            together = Some(one.depth);
        }
        used |= !section;
        out.push(view(session, question, one, number));
    }
    out
}

fn view(
    session: &Session,
    question: &Question,
    one: filling::Question,
    page: u32,
) -> FilledQuestion {
    let spoken = session.filling.language();
    let mut kind = form::question_view(question).kind;
    let mut option_media = Vec::new();
    if let QuestionKindView::SingleChoice { options }
    | QuestionKindView::MultipleChoice { options, .. }
    | QuestionKindView::Ranking { options } = &mut kind
    {
        options.clear();
        for offered in &one.choices {
            let mut all = question.kind.options().iter();
            let Some(option) = all.find(|option| option_name(option) == offered.name) else {
                continue;
            };
            options.push(ChoiceView {
                id: option.id,
                label: offered.label.clone(),
                project: activity::project_view(&session.ready.form, option.id),
                details: None,
            });
            let media = media(&offered.media, &option.details.media, spoken);
            if !media.is_empty() {
                option_media.push((option.id, media));
            }
        }
    }
    // Points are text to a spreadsheet, which offers nothing for it: the options are the form's own.
    if let QuestionKindView::Points { options, .. } = &mut kind {
        let all = question.kind.options().iter();
        let each = all.map(|option| ChoiceView {
            id: option.id,
            label: option
                .details
                .label
                .get(spoken)
                .unwrap_or(&option.label)
                .clone(),
            project: activity::project_view(&session.ready.form, option.id),
            details: None,
        });
        *options = each.collect();
    }
    // No text is no answer, also where an answer is text.
    let given = Some(one.answer.as_str()).filter(|text| !text.is_empty());
    let given = given.and_then(|text| answer(question, text));
    let outside = given
        .as_ref()
        .and_then(|given| session.ready.form.accepts_one(question, given).err())
        .map(|_| WrongView {
            why: WrongName::OutOfRange,
            message: None,
        });
    let sealed = session.ready.sealed.contains(&question.id);
    // Nothing is missing where what was sealed before stays.
    let kept = session.ready.in_piece.contains(&question.id) && session.keeps_sealed();
    let wrong = one.violation.as_ref().map(wrong).or(outside);
    FilledQuestion {
        question: form::question_id(question.id),
        option_media,
        label: one.label.unwrap_or_default(),
        hint: one.hint.unwrap_or_default(),
        guidance: one.guidance_hint.unwrap_or_default(),
        appearance: one.appearance.unwrap_or_default(),
        media: media(&one.media, &question.details.media, spoken),
        depth: u32::try_from(one.depth).unwrap_or(u32::MAX),
        page,
        required: one.required && !kept,
        sealed,
        read_only: one.read_only,
        value: given.as_ref().map(value::answer_value),
        wrong: wrong.filter(|_| !kept),
        path: one.path,
        kind,
    }
}

fn wrong(violation: &Violation) -> WrongView {
    WrongView {
        why: match violation.reason {
            Reason::Required => WrongName::Missing,
            Reason::Constraint => WrongName::Constraint,
            _ => WrongName::Unfit,
        },
        message: violation.message.clone(),
    }
}

/// The files that are shown in a language, with what is kept of them here.
fn media(shown: &[(MediaKind, String)], kept: &[Medium], language: &str) -> Vec<MediumView> {
    let each = shown.iter().map(|(kind, file)| {
        let same = |medium: &&Medium| medium.kind == kind.written() && medium.file == *file;
        let blob = kept.iter().find(same).and_then(|medium| medium.blob);
        MediumView {
            kind: kind.written().to_owned(),
            language: language.to_owned(),
            file: file.clone(),
            blob: blob.map(|blob| blob.to_string()),
        }
    });
    each.collect()
}

fn repeats(session: &Session, order: &[String]) -> Vec<RepeatView> {
    let names = &session.ready.names;
    let shown = session.filling.repeats().into_iter().filter_map(|repeat| {
        let at = names.at_filling(&repeat.path)?;
        let question = session.ready.form.questions.get(at)?;
        // Behind its own rows; without rows, behind what the form asks before it at the same place.
        let rows = format!("{}[", repeat.path);
        let (around, _) = repeat.path.rsplit_once('/')?;
        let before = |path: &&String| {
            path.starts_with(&rows)
                || (path
                    .strip_prefix(around)
                    .is_some_and(|rest| rest.starts_with('/'))
                    && names.at_filling(path).is_some_and(|own| own < at))
        };
        let after = order.iter().rev().find(before);
        let section = order.iter().find(|path| *path == around);
        let after = after.or(section).cloned().unwrap_or_default();
        Some(RepeatView {
            question: form::question_id(question.id),
            label: repeat.label.unwrap_or_default(),
            rows: u32::try_from(repeat.instances).unwrap_or(u32::MAX),
            free: repeat.free,
            path: repeat.path,
            after,
        })
    });
    shown.collect()
}

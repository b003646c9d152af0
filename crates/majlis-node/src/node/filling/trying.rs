//! Trying a form that nobody answers yet: the same filling as with an open consultation, in memory only.
//! Not here: what goes on in it (`filling`), whether the form may be opened (`consultations`).

use std::collections::BTreeMap;

use majlis_core::consultation::Form;
use majlis_core::consultation::form::FormError;
use majlis_formats::Filling;
use majlis_formats::answer::Answers;

use super::{Saved, Session};
use crate::api::filling::{FillingView, TryForm};
use crate::api::process::FormProblem;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::form_of;
use crate::plain::form;
use crate::plain::logic::{Ready, problem, seed};

impl Node {
    pub(in crate::node) async fn try_form(&self, trial: TryForm) -> Result<FillingView, ApiError> {
        let form = form_of(&trial.draft)?;
        self.at(&trial.space, move |desk| {
            desk.try_form(form, trial.language.as_deref())
        })
        .await
    }
}

fn incomplete(error: &FormError) -> ApiError {
    let about = match form::problem(error) {
        FormProblem::BadQuestion(question) => question,
        FormProblem::NoTitle
        | FormProblem::NoQuestions
        | FormProblem::TooLong
        | FormProblem::Rule(_)
        | FormProblem::Sealing
        | FormProblem::Slips
        | FormProblem::Boxes
        | FormProblem::BadRule { .. } => String::new(),
    };
    ApiError::new(ErrorCode::FormIncomplete, error.to_string()).about(about)
}

impl Desk {
    fn try_form(
        &mut self,
        mut form: Form,
        language: Option<&str>,
    ) -> Result<FillingView, ApiError> {
        // What it is called and what is counted by is no matter of its questions.
        if form.title.is_empty() {
            "-".clone_into(&mut form.title);
        }
        match form.check() {
            Ok(()) | Err(FormError::Rule(_)) => {}
            Err(error) => return Err(incomplete(&error)),
        }
        if let Some((question, what)) = problem(&form) {
            let about = question.map(form::question_id).unwrap_or_default();
            return Err(ApiError::new(ErrorCode::FormIncomplete, what).about(about));
        }
        // Not among the forms that are kept ready: it is another one at the next letter.
        let ready = Ready::new(form.id(), &form)?;
        let now = clock::now();
        let around = self.around().at(now, seed(now));
        let filling = Filling::start(ready.logic.clone(), around);
        let id = data_encoding::HEXLOWER.encode(&clock::fresh::<8>());
        let mut session = Session {
            lane: None,
            saved: Saved {
                consultation: String::new(),
                form: ready.id.to_string(),
                assisted: false,
                slot: None,
                language: String::new(),
                started: now.0,
                answered: 0,
                last: String::new(),
                sealed_before: false,
                sealed_anew: false,
                answers: Answers::default(),
            },
            id: id.clone(),
            at: now,
            ready,
            filling,
            sent: BTreeMap::new(),
        };
        session.speak(language);
        // One trial at a time: what people are asked in earnest stays in memory.
        self.fillings.open.retain(|other| other.lane.is_some());
        self.hold(session);
        self.in_filling(&id, |_| Ok(()))
    }
}

//! `majlis consultation`.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use data_encoding::BASE64;
use majlis_node::api::activity::{ActivityView, ProjectView};
use majlis_node::api::proceedings::{BudgetOfIdeas, StepName};
use majlis_node::api::process::{
    CloseConsultation, ConsultationDraft, ConsultationNew, ConsultationRef, ConsultationSummary,
    ConsultationView, OpenUntil, QuestionKindView, ResponsePage, ResponsesQuery,
};
use majlis_node::api::results::ResultsView;
use majlis_node::api::sheet::{ReadSheet, SheetMessage, SheetRead, SheetWritten};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};

use crate::args::{ConsultationCommand, InSpace, Which};
use crate::reach::Reach;
use crate::text::{self, short, word};
use crate::{Said, find, forms};

/// The consultation meant.
pub(super) async fn meant(
    reach: &Reach,
    space: &InSpace,
    wanted: &str,
) -> anyhow::Result<ConsultationRef> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let consultation = find::consultation(reach, &space, wanted).await?;
    Ok(ConsultationRef {
        space,
        consultation,
    })
}

/// The consultation that a command names.
pub(super) async fn named(reach: &Reach, which: &Which) -> anyhow::Result<ConsultationRef> {
    meant(reach, &which.space, &which.consultation).await
}

/// A consultation that is named alone, or after its space.
pub(super) fn in_order(mut names: Vec<String>, space: InSpace) -> anyhow::Result<Which> {
    let consultation = names.pop().context("naming a consultation")?;
    let space = match (names.pop(), space.space) {
        (Some(one), Some(other)) if one != other => {
            let twice = anyhow!("the space is named twice: {one} and {other}");
            return Err(forms::mistyped(&twice));
        }
        (one, other) => one.or(other),
    };
    let space = InSpace { space };
    Ok(Which {
        consultation,
        space,
    })
}

/// Starts a draft, and opens it when that is wanted.
async fn start(
    reach: &Reach,
    space: &InSpace,
    draft: ConsultationDraft,
    open: bool,
) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let new = ConsultationNew { space, draft };
    let made: ConsultationRef = reach.call(Request::NewConsultation(new)).await?;
    if open {
        let _: Nothing = reach.call(Request::OpenConsultation(made.clone())).await?;
    }
    let text = format!("consultation {}", made.consultation);
    Said::new(made, text)
}

/// The rule of an activity: JSON as it is, or the file that holds it.
fn read_activity(text: &str) -> anyhow::Result<ActivityView> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        super::read(Path::new(text))?
    };
    let read = serde_json::from_str(&json).context("reading the activity");
    read.map_err(|error| forms::mistyped(&error))
}

/// The draft with what the options of its ballot cost.
fn with_projects(
    projects: &[String],
    mut draft: ConsultationDraft,
) -> anyhow::Result<ConsultationDraft> {
    for project in projects {
        let named = project.rsplit_once('=').and_then(|(label, cost)| {
            let (QuestionKindView::MultipleChoice { options, .. }
            | QuestionKindView::Ranking { options }
            | QuestionKindView::Points { options, .. }) = &mut draft.questions.first_mut()?.kind
            else {
                return None;
            };
            let option = options
                .iter_mut()
                .find(|option| option.label == label.trim())?;
            option.project = Some(ProjectView {
                cost: cost.trim().to_owned(),
                ..ProjectView::default()
            });
            Some(())
        });
        let none = || anyhow::anyhow!("no option of the first question costs that: {project}");
        named
            .ok_or_else(none)
            .map_err(|error| forms::mistyped(&error))?;
    }
    // A ballot is always answered, whether or not that was typed.
    if let (Some(activity), Some(ballot)) = (&draft.activity, draft.questions.first_mut()) {
        ballot.required |= activity.rule.has_ballot();
    }
    Ok(draft)
}

fn sheet_message(message: &SheetMessage) -> String {
    let severity = word(message.severity);
    let place = if message.place.is_empty() {
        String::new()
    } else {
        format!("{}: ", message.place)
    };
    format!("{severity}: {place}{}; {}", message.message, message.advice)
}

pub(super) async fn run(reach: &Reach, command: ConsultationCommand) -> anyhow::Result<Said> {
    match command {
        ConsultationCommand::New {
            space,
            title,
            description,
            audience,
            stage,
            questions,
            activity,
            projects,
            file,
            open,
        } => {
            let draft = match file {
                Some(path) => {
                    let text = super::read(&path)?;
                    serde_json::from_str(&text)
                        .with_context(|| format!("reading {}", path.display()))?
                }
                None => with_projects(
                    &projects,
                    ConsultationDraft {
                        details: None,
                        title: title.unwrap_or_default(),
                        description,
                        audience,
                        stage: stage.into(),
                        questions: questions
                            .iter()
                            .map(|q| forms::question(q).map_err(|error| forms::mistyped(&error)))
                            .collect::<Result<_, _>>()?,
                        activity: activity.as_deref().map(read_activity).transpose()?,
                    },
                )?,
            };
            start(reach, &space, draft, open).await
        }
        ConsultationCommand::Import {
            file,
            space,
            language,
            stage,
            open,
        } => {
            let read = ReadSheet {
                name: file
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                base64: BASE64.encode(&super::tally::bytes(&file)?),
                language,
                stage: stage.into(),
            };
            let read: SheetRead = reach.call(Request::ReadSheet(read)).await?;
            let lines: Vec<String> = read.messages.iter().map(sheet_message).collect();
            let Some(mut draft) = read.draft else {
                bail!("the form has errors:\n{}", lines.join("\n"));
            };
            // What is kept without effect, people should know before they go on.
            for line in lines {
                let _ = writeln!(std::io::stderr().lock(), "{line}");
            }
            let space = find::space(reach, space.space.as_deref()).await?;
            super::shown::take(reach, &space, &file, &mut draft).await?;
            let space = InSpace { space: Some(space) };
            start(reach, &space, draft, open).await
        }
        ConsultationCommand::Form { which, to } => {
            let at = named(reach, &which).await?;
            let written: SheetWritten = reach.call(Request::WriteSheet(at)).await?;
            let bytes = BASE64.decode(written.base64.as_bytes());
            let bytes = bytes.context("reading the form")?;
            std::fs::write(&to, &bytes).with_context(|| format!("writing {}", to.display()))?;
            let size = bytes.len();
            Said::new(
                serde_json::json!({ "file": to, "bytes": size }),
                format!("{} ({size} bytes)", to.display()),
            )
        }
        ConsultationCommand::Export { which, to, media } => {
            super::answers::export(reach, named(reach, &which).await?, &to, media.as_deref()).await
        }
        ConsultationCommand::Slips { which } => {
            super::slips::list(reach, named(reach, &which).await?).await
        }
        ConsultationCommand::Open {
            which,
            seal,
            keepers,
            threshold,
            slips,
            boxes,
            signatures,
        } => {
            let at = named(reach, &which).await?;
            if !seal.is_empty() {
                return super::sealed::open(reach, at, &seal, &keepers, threshold).await;
            }
            if let Some(slips) = slips {
                return super::slips::open(reach, at, slips).await;
            }
            if !boxes.is_empty() {
                return super::boxes::open(reach, at, &boxes, signatures).await;
            }
            let _: Nothing = reach.call(Request::OpenConsultation(at)).await?;
            Said::new(Nothing {}, "open")
        }
        ConsultationCommand::Until { which, until, why } => {
            let at = named(reach, &which).await?;
            let say = OpenUntil {
                space: at.space,
                consultation: at.consultation,
                until,
                why,
            };
            let text = format!("open until {}", say.until);
            let _: Nothing = reach.call(Request::OpenUntil(say)).await?;
            Said::new(Nothing {}, text)
        }
        ConsultationCommand::Boxes {
            which,
            seal,
            papers,
            note,
            sign,
            picture,
            photo,
            hide,
            show_again,
            number,
            why,
        } => {
            let at = named(reach, &which).await?;
            let turned = hide.map(|name| (name, StepName::Hidden));
            let turned = turned.or(show_again.map(|name| (name, StepName::LetIn)));
            if let (Some((name, kind)), Some(why)) = (turned, why) {
                return super::boxes::turn(reach, at, (&name, number), kind, why).await;
            }
            if let (Some(name), Some(photo)) = (picture, photo) {
                return super::boxes::picture(reach, at, &name, &photo).await;
            }
            match (seal, sign) {
                (Some(name), _) => {
                    super::boxes::seal(reach, at, &name, papers.unwrap_or_default(), note).await
                }
                (None, Some(name)) => super::boxes::sign(reach, at, &name).await,
                (None, None) => super::boxes::show(reach, at).await,
            }
        }
        ConsultationCommand::KeepApart {
            which,
            statement,
            text,
        } => super::outcome::keep_apart(reach, named(reach, &which).await?, &statement, text).await,
        ConsultationCommand::BudgetOfIdeas { which, title } => {
            let at = named(reach, &which).await?;
            let ask = BudgetOfIdeas {
                space: at.space,
                consultation: at.consultation,
                title,
            };
            let made: ConsultationRef = reach.call(Request::BudgetOfIdeas(ask)).await?;
            let text = made.consultation.clone();
            Said::new(made, text)
        }
        ConsultationCommand::Sealed { which } => {
            super::sealed::show(reach, named(reach, &which).await?).await
        }
        ConsultationCommand::Release { which } => {
            super::sealed::release(reach, named(reach, &which).await?).await
        }
        ConsultationCommand::Publish { which, least } => {
            super::sealed::publish(reach, named(reach, &which).await?, least).await
        }
        ConsultationCommand::Close { which, note } => {
            let at = named(reach, &which).await?;
            let close = CloseConsultation {
                space: at.space,
                consultation: at.consultation,
                note,
            };
            let _: Nothing = reach.call(Request::CloseConsultation(close)).await?;
            Said::new(Nothing {}, "closed")
        }
        ConsultationCommand::Outcome { which } => {
            super::outcome::show(reach, named(reach, &which).await?).await
        }
        ConsultationCommand::State { which, summary } => {
            super::outcome::state(reach, named(reach, &which).await?, summary).await
        }
        ConsultationCommand::Step {
            which,
            kind,
            about,
            text,
            number,
            day,
            sources,
        } => {
            let step = super::outcome::Typed {
                kind,
                about,
                text,
                number,
                day,
                sources,
            };
            super::outcome::step(reach, named(reach, &which).await?, step).await
        }
        ConsultationCommand::Report { which } => {
            super::report::show(reach, named(reach, &which).await?).await
        }
        ConsultationCommand::Theme {
            which,
            theme,
            add,
            remove,
            with,
        } => {
            let sorted = super::report::Sorted { add, remove, with };
            super::report::sort(reach, named(reach, &which).await?, theme, sorted).await
        }
        ConsultationCommand::Statements { which, next } => {
            super::outcome::statements(reach, named(reach, &which).await?, next).await
        }
        ConsultationCommand::Say {
            which,
            text,
            assisted,
        } => super::outcome::say(reach, named(reach, &which).await?, text, assisted).await,
        ConsultationCommand::Results { which } => {
            let at = named(reach, &which).await?;
            let view: ResultsView = reach.call(Request::Results(at)).await?;
            let text = text::results(&view);
            Said::new(view, text)
        }
        ConsultationCommand::Split { which, by } => {
            let at = named(reach, &which).await?;
            super::field::split(reach, at, &by).await
        }
        ConsultationCommand::Cross {
            which,
            rows,
            columns,
            least,
        } => {
            let at = named(reach, &which).await?;
            super::field::cross(reach, at, &rows, &columns, least).await
        }
        ConsultationCommand::Places {
            which,
            question,
            by,
            least,
        } => {
            let at = named(reach, &which).await?;
            super::ground::places(reach, at, question.as_deref(), by.as_deref(), least).await
        }
        ConsultationCommand::Represented {
            which,
            question,
            people,
            census,
            column,
        } => {
            let at = named(reach, &which).await?;
            let census = census.as_deref().map(|file| (file, column));
            super::ground::represented(reach, at, &question, &people, census).await
        }
        ConsultationCommand::Day {
            which,
            refused,
            target,
        } => super::field::day(reach, named(reach, &which).await?, refused, target).await,
        ConsultationCommand::BackCheck {
            which,
            seed,
            percent,
        } => {
            let at = named(reach, &which).await?;
            super::field::back_check(reach, at, seed, percent).await
        }
        ConsultationCommand::AskedAgain {
            which,
            slot,
            same,
            other,
            not_asked,
        } => {
            let at = named(reach, &which).await?;
            super::field::asked_again(reach, at, &slot, (&same, &other), not_asked).await
        }
        ConsultationCommand::List { space } => {
            let space = find::space(reach, space.space.as_deref()).await?;
            let list: Vec<ConsultationSummary> = reach
                .call(Request::Consultations(SpaceRef { space }))
                .await?;
            let lines: Vec<String> = list
                .iter()
                .map(|c| {
                    let answers = match c.answers {
                        Some(answers) => format!("{answers} answers"),
                        None => "how many is not told yet".to_owned(),
                    };
                    format!(
                        "{} {}: {}, {answers}",
                        short(&c.consultation),
                        c.title,
                        word(c.phase),
                    )
                })
                .collect();
            Said::new(list, lines.join("\n"))
        }
        ConsultationCommand::Show { which } => {
            let at = named(reach, &which).await?;
            let view: ConsultationView = reach.call(Request::Consultation(at)).await?;
            let mut text = format!("{}{}", text::form(&view.form), word(view.summary.phase));
            if let Some(until) = &view.summary.until {
                text.push_str(&format!(" until {}, as {} said", until.at, until.by));
                if let Some(before) = until.before.first() {
                    text.push_str(&format!("; it was {before}: {}", until.why));
                }
            }
            Said::new(view, text)
        }
        ConsultationCommand::Responses {
            which,
            offset,
            limit,
        } => {
            let at = named(reach, &which).await?;
            let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
            let query = ResponsesQuery {
                space: at.space,
                consultation: at.consultation,
                mine: false,
                counted: false,
                slots: Vec::new(),
                text: String::new(),
                offset,
                limit,
            };
            let page: ResponsePage = reach.call(Request::Responses(query)).await?;
            let lines: Vec<String> = page
                .responses
                .iter()
                .map(|response| {
                    let how = match (response.assisted.is_some(), response.breaks_rules) {
                        (true, false) => "assisted",
                        (false, false) => "own",
                        (true, true) => "assisted, breaks a condition",
                        (false, true) => "own, breaks a condition",
                    };
                    format!(
                        "{} {how}, {}: {}",
                        short(&response.slot),
                        word(response.status),
                        text::answers(&view.form.questions, &response.answers)
                    )
                })
                .collect();
            let text = format!("{}\n{} in all", lines.join("\n"), page.total);
            Said::new(page, text)
        }
    }
}

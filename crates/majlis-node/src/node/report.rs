//! Calls about the closing report: themes, the answers behind them, what is read of it. What a theme
//! is and which steps change it is the core's (`consultation::report`); reporting what is done is a
//! step, in `outcomes`.

use std::collections::BTreeSet;

use majlis_core::consultation::count::{Said, Status};
use majlis_core::consultation::report::{Report, Sorting, Theme, report, sorting};
use majlis_core::consultation::statement::standing;
use majlis_core::id::{FormId, LaneId, SlotId, StatementId};
use majlis_core::membership::Capability;
use majlis_core::record::step::{is_statement, statement_id};
use majlis_core::record::{Record, Step, StepKind};
use majlis_store::{Proceedings, ProcessRow, Slots, VersionQuery, Voice};

use crate::api::process::ConsultationRef;
use crate::api::report::{
    NoticeView, ReportView, ThemeChange, ThemeView, Themed, ThemedAnswer, ThemedPage, ThemedQuery,
};
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::answers::page_of;
use crate::node::consultations::{lane, phase, short};
use crate::node::outcomes::record_text;
use crate::plain;

/// Answers that may change their theme in one call.
const MOST_AT_ONCE: usize = 5_000;

impl Node {
    pub(super) async fn report(&self, at: ConsultationRef) -> Result<ReportView, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.report(lane)).await
    }

    pub(super) async fn themed_answers(&self, query: ThemedQuery) -> Result<ThemedPage, ApiError> {
        let lane = lane(&query.consultation)?;
        let space = query.space.clone();
        self.at(&space, move |desk| desk.themed_answers(lane, query))
            .await
    }

    pub(super) async fn change_theme(&self, change: ThemeChange) -> Result<Nothing, ApiError> {
        let lane = lane(&change.consultation)?;
        let space = change.space.clone();
        self.at(&space, move |desk| desk.change_theme(lane, &change))
            .await
    }
}

/// Whether a step tells people what became of what they said.
fn replies(kind: StepKind) -> bool {
    match kind {
        StepKind::Answered | StepKind::FollowedUp | StepKind::Done | StepKind::NotDone => true,
        StepKind::LetIn
        | StepKind::Hidden
        | StepKind::Merged
        | StepKind::Feasible
        | StepKind::Infeasible
        | StepKind::Milestone
        | StepKind::Noted
        | StepKind::Admitted
        | StepKind::Refused
        | StepKind::Received
        | StepKind::Heard
        | StepKind::Refusals
        | StepKind::Aim
        | StepKind::OpenUntil
        | StepKind::Drawn
        | StepKind::SaidSame
        | StepKind::SaidOther
        | StepKind::NotAsked
        | StepKind::Unknown(_) => false,
    }
}

/// What tells the replies that were read from others.
fn read_mark(said: &Proceedings) -> String {
    let steps = standing(&said.steps).into_iter();
    let mut ids: Vec<String> = steps
        .filter(|step| replies(step.said.kind))
        .map(|step| record_text(step.id))
        .collect();
    ids.sort_unstable();
    if ids.is_empty() {
        return String::new();
    }
    blake3::hash(ids.join("\n").as_bytes()).to_string()
}

/// Whether one voice ever said what another did.
fn says_as(one: &Voice, other: &Voice) -> bool {
    let answers = |voice: &'_ Voice| -> Vec<_> {
        let said = voice
            .versions
            .iter()
            .filter_map(|version| match &version.said {
                Said::Response(response) => Some(response.answers.clone()),
                Said::Withdraw(_) => None,
            });
        said.collect()
    };
    let others = answers(other);
    answers(one).iter().any(|said| others.contains(said))
}

fn slots(texts: &[String]) -> Result<BTreeSet<SlotId>, ApiError> {
    if texts.len() > MOST_AT_ONCE {
        return Err(plain::bad("answers"));
    }
    texts.iter().map(|text| plain::id(text, "answer")).collect()
}

impl Desk {
    fn read_key(&self, lane: LaneId) -> String {
        format!("report-read/{}/{lane}", self.id())
    }

    /// Whether these are the words of a theme.
    pub(super) fn is_theme(
        &self,
        lane: LaneId,
        form: FormId,
        id: StatementId,
    ) -> Result<bool, ApiError> {
        let said = self.proceedings(lane)?;
        let report = report(form, &said.steps);
        Ok(report.themes.iter().any(|theme| theme.id == id))
    }

    /// The closing report, with whoever claimed an answer behind the themes of what they took over:
    /// as a correction does, it stays where it was sorted.
    pub(super) fn themes_of<'a>(
        &self,
        lane: LaneId,
        form: FormId,
        said: &'a Proceedings,
    ) -> Result<Report<'a>, ApiError> {
        let mut report = report(form, &said.steps);
        let taken_over = self.taken_over(lane, &report)?;
        for theme in &mut report.themes {
            theme.follow(&taken_over);
        }
        Ok(report)
    }

    /// The answers behind themes whose holders said the same after claiming them, each with its
    /// holder's slot. Who let an answer of their own stand instead took over nothing.
    fn taken_over(
        &self,
        lane: LaneId,
        report: &Report<'_>,
    ) -> Result<Vec<(SlotId, SlotId)>, ApiError> {
        let claimed = self.store.claimed(self.id(), lane);
        let claimed = claimed.map_err(|error| store_error(&error))?;
        let mut found = Vec::new();
        for (slot, holder) in claimed {
            let mut themes = report.themes.iter();
            if themes.any(|theme| theme.voices.contains(&slot))
                && says_as(&self.voice(lane, holder)?, &self.voice(lane, slot)?)
            {
                found.push((slot, holder));
            }
        }
        Ok(found)
    }

    fn counted_slots(&self, lane: LaneId) -> Result<BTreeSet<SlotId>, ApiError> {
        let slots = self.store.counted_slots(self.id(), lane);
        slots.map_err(|error| store_error(&error))
    }

    fn report(&mut self, lane: LaneId) -> Result<ReportView, ApiError> {
        let row = self.process(lane)?;
        let said = self.proceedings(lane)?;
        let shown = !self.withheld(&row)?;
        let counted = if shown {
            self.counted_slots(lane)?
        } else {
            BTreeSet::new()
        };
        let mine = self.own_slot(lane);
        // Of a draft nothing was said.
        let opening = row.opening.as_ref();
        let Report { themes, whole } = match opening {
            Some(opening) => self.themes_of(lane, opening.form_id, &said)?,
            None => Report::default(),
        };
        let themed: BTreeSet<SlotId> = themes
            .iter()
            .flat_map(|theme| theme.voices.intersection(&counted))
            .copied()
            .collect();
        let view = |theme: &Theme<'_>| ThemeView {
            theme: theme.id.to_string(),
            text: theme.text.to_owned(),
            answers: short(theme.voices.intersection(&counted).count() as u64),
            mine: mine.is_some_and(|slot| theme.voices.contains(&slot)),
            replies: self.step_views(&said, theme.replies.iter().copied()),
        };
        // What people said is no secret once an office replies to it.
        let told = themes
            .iter()
            .filter(|theme| shown || !theme.replies.is_empty());
        let mut views: Vec<ThemeView> = told.map(view).collect();
        views.sort_by_key(|theme| core::cmp::Reverse(theme.answers));
        let again = match opening {
            Some(_) if shown => self.checked_in_all(lane)?,
            _ => None,
        };
        let view = ReportView {
            phase: phase(&row),
            shown,
            themes: views,
            whole: self.step_views(&said, whole),
            counted: short(counted.len() as u64),
            themed: short(themed.len() as u64),
            mine_left_out: mine
                .is_some_and(|slot| counted.contains(&slot) && !themed.contains(&slot)),
            again,
            may_sort: self.space.may(Capability::Moderate),
            may_report: self.space.may(Capability::Decide),
        };
        self.note_read(lane, &said)?;
        Ok(view)
    }

    fn note_read(&self, lane: LaneId, said: &Proceedings) -> Result<(), ApiError> {
        let (key, mark) = (self.read_key(lane), read_mark(said));
        let before = self.store.draft(&key);
        let before = before.map_err(|error| store_error(&error))?;
        if before.map_or(String::new(), |before| before.value) != mark {
            let put = self.store.put_draft(&key, &mark, clock::now());
            put.map_err(|error| store_error(&error))?;
        }
        Ok(())
    }

    /// What an office said about an activity and this person, who answered, has not read.
    pub(super) fn notice(&self, row: &ProcessRow) -> Result<Option<Box<NoticeView>>, ApiError> {
        let Some(opening) = &row.opening else {
            return Ok(None);
        };
        let said = self.proceedings(row.lane)?;
        let mark = read_mark(&said);
        if mark.is_empty() {
            return Ok(None);
        }
        let read = self.store.draft(&self.read_key(row.lane));
        let read = read.map_err(|error| store_error(&error))?;
        if read.is_some_and(|read| read.value == mark) {
            return Ok(None);
        }
        let own = self.own_slot(row.lane);
        let report = self.themes_of(row.lane, opening.form_id, &said)?;
        let mut themes = report.themes.iter();
        let mine = themes.any(|theme| {
            !theme.replies.is_empty() && own.is_some_and(|slot| theme.voices.contains(&slot))
        });
        let time = standing(&said.steps)
            .into_iter()
            .filter(|step| replies(step.said.kind))
            .filter_map(|step| said.claimed.get(&step.id))
            .max();
        Ok(Some(Box::new(NoticeView {
            time: time.map_or(0, |time| time.0),
            mine,
        })))
    }

    fn themed_answers(&mut self, lane: LaneId, query: ThemedQuery) -> Result<ThemedPage, ApiError> {
        let row = self.process(lane)?;
        self.shown(&row)?;
        let Some(opening) = &row.opening else {
            return Ok(ThemedPage {
                answers: Vec::new(),
                total: 0,
            });
        };
        let said = self.proceedings(lane)?;
        let themes = self.themes_of(lane, opening.form_id, &said)?.themes;
        let wanted = match &query.of {
            Themed::All => Slots::All,
            Themed::None => {
                let each = themes.iter().flat_map(|theme| &theme.voices);
                Slots::Outside(each.copied().collect())
            }
            Themed::Theme(id) => {
                let theme = themes.iter().find(|theme| theme.id.to_string() == *id);
                let theme = theme.ok_or_else(|| plain::missing("theme").about(id))?;
                Slots::Among(theme.voices.clone())
            }
        };
        let wanted = VersionQuery {
            status: Some(Status::Counted),
            slots: wanted,
            text: query.text,
            offset: query.offset,
            limit: page_of(query.limit),
            ..VersionQuery::default()
        };
        let page = self.store.versions(self.id(), lane, &wanted);
        let page = page.map_err(|error| store_error(&error))?;
        let responses = self.response_views(&row, &page.versions)?;
        let behind = |slot: &SlotId| {
            let of = themes.iter().filter(|theme| theme.voices.contains(slot));
            of.map(|theme| theme.id.to_string()).collect()
        };
        let answers = responses.into_iter().zip(&page.versions);
        Ok(ThemedPage {
            answers: answers
                .map(|(response, version)| ThemedAnswer {
                    response,
                    themes: behind(&version.slot),
                })
                .collect(),
            total: page.total,
        })
    }

    fn change_theme(&mut self, lane: LaneId, change: &ThemeChange) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        self.shown(&row)?;
        let text = change.text.trim();
        if !is_statement(text) {
            return Err(plain::bad("text"));
        }
        let (add, mut remove) = (slots(&change.add)?, slots(&change.remove)?);
        let said = self.proceedings(lane)?;
        let report = report(opening.form_id, &said.steps);
        let taken_over = self.taken_over(lane, &report)?;
        let id = statement_id(opening.form_id, text);
        let theme = report.themes.iter().find(|theme| theme.id == id);
        let whole = theme.cloned().map(|mut theme| {
            theme.follow(&taken_over);
            theme
        });
        // Who is to be put behind a theme said something that counts; who is there already may stay.
        let counted = self.counted_slots(lane)?;
        let known = |slot: &&SlotId| {
            let mut whole = whole.iter();
            counted.contains(*slot) || whole.any(|theme| theme.voices.contains(*slot))
        };
        if let Some(stray) = add.iter().find(|slot| !known(slot)) {
            return Err(plain::missing("answer").about(stray.to_string()));
        }
        if let Some(stray) = remove
            .iter()
            .find(|slot| whole.iter().all(|theme| !theme.voices.contains(*slot)))
        {
            return Err(plain::missing("answer").about(stray.to_string()));
        }
        // Whoever stands there for an answer that they claimed leaves with it.
        let with = taken_over
            .iter()
            .filter(|(_, holder)| remove.contains(holder));
        let with: Vec<SlotId> = with.map(|(slot, _)| *slot).collect();
        remove.extend(with);
        let steps = sorting(theme, &add, &remove);
        for Sorting {
            about,
            sources,
            replaces,
        } in steps
        {
            let record = Record::Step(Step {
                form: opening.form_id,
                kind: StepKind::Heard,
                about,
                text: text.to_owned(),
                number: None,
                day: None,
                sources,
                replaces,
                salt: clock::fresh(),
            });
            self.state(lane, record)?;
        }
        Ok(Nothing {})
    }
}

//! Calls about ballot boxes. What is in a box and whether it counts is the core's
//! (`consultation::boxes`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::blob::Photo;
use majlis_core::consultation::Form;
use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::boxes::{BoxPart, BoxPlace, Boxes, MAX_BOXES, MAX_SIGNATURES};
use majlis_core::consultation::statement::{Placed, standing};
use majlis_core::consultation::tally::{Results, Tally};
use majlis_core::id::{LaneId, PersonId, SlotId};
use majlis_core::membership::Capability;
use majlis_core::record::minutes::Sealed;
use majlis_core::record::step::MAX_STEP_TEXT;
use majlis_core::record::{
    Minutes, MinutesSaid, Record, RecordId, Response, Step, StepKind, Subject,
};
use majlis_core::space::Command;
use majlis_store::{GatheredBoxes, GatheredPart, OpeningRow, Proceedings};

use crate::api::boxes::{
    BoxPartView, BoxPhotoView, BoxSealed, BoxState, BoxView, BoxesView, OpenWithBoxes, PhotoTurned,
    PictureBox, SealBox, SignBox,
};
use crate::api::process::ConsultationRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open, short};
use crate::node::outcomes::{read_record, record_text};
use crate::plain::{self, form, results, value};

impl Node {
    pub(super) async fn open_with_boxes(&self, open: OpenWithBoxes) -> Result<Nothing, ApiError> {
        let lane = lane(&open.consultation)?;
        let places = open.boxes.into_iter().map(|one| BoxPlace {
            name: one.name.trim().to_owned(),
            keeper: one.keeper.trim().to_owned(),
        });
        let boxes = Boxes {
            places: places.collect(),
            signatures: open.signatures,
        };
        if !boxes.are_whole() {
            let most = format!("1 to {MAX_BOXES}, named apart; signatures to {MAX_SIGNATURES}");
            return Err(plain::bad("boxes").about(most));
        }
        self.at(&open.space, move |desk| {
            let mut opened = desk.form_to_open(lane)?;
            if !matches!(opened.activity.voters, Voters::Everybody | Voters::Guests) {
                return Err(plain::bad("voters"));
            }
            opened.activity.voters = Voters::Boxes(boxes);
            opened.check().map_err(|error| form::form_error(&error))?;
            desk.open_form(lane, opened)
        })
        .await
    }

    pub(super) async fn ballot_boxes(
        &self,
        at: ConsultationRef,
    ) -> Result<Option<BoxesView>, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.ballot_boxes(lane))
            .await
    }

    pub(super) async fn seal_box(&self, seal: SealBox) -> Result<BoxSealed, ApiError> {
        let lane = lane(&seal.consultation)?;
        let space = seal.space.clone();
        self.at(&space, move |desk| desk.seal_box(lane, &seal))
            .await
    }

    pub(super) async fn sign_box(&self, sign: SignBox) -> Result<Nothing, ApiError> {
        let lane = lane(&sign.consultation)?;
        self.at(&sign.space, move |desk| desk.sign_box(lane, &sign.minutes))
            .await
    }

    pub(super) async fn picture_box(&self, picture: PictureBox) -> Result<Nothing, ApiError> {
        let lane = lane(&picture.consultation)?;
        let photo = value::photo(&picture.photo).ok_or_else(|| plain::bad("photo"))?;
        self.at(&picture.space, move |desk| {
            desk.picture_box(lane, &picture.minutes, photo)
        })
        .await
    }
}

/// The figures of ballots, given in order of slot.
fn figures<'r>(
    opening: &OpeningRow,
    ballots: impl IntoIterator<Item = (SlotId, &'r Response)>,
) -> Results {
    let mut tally = Tally::new(opening.form_id, &opening.form);
    for (slot, response) in ballots {
        // Slots come in their order, each once.
        let _ = tally.add(slot, true, &response.answers);
    }
    tally.finish()
}

fn of_part(opening: &OpeningRow, part: &GatheredPart) -> Results {
    let ballots = part.ballots.iter();
    figures(opening, ballots.map(|(slot, said, _)| (*slot, said)))
}

impl Desk {
    fn gathered(&self, lane: LaneId) -> Result<GatheredBoxes, ApiError> {
        let boxes = self.store.boxes(self.id(), lane);
        boxes.map_err(|error| store_error(&error))
    }

    /// The name of the box that each ballot that counts lies in; none where the form lists no boxes.
    pub(super) fn box_of_each(
        &self,
        lane: LaneId,
        form: &Form,
    ) -> Result<Option<BTreeMap<SlotId, String>>, ApiError> {
        let Some(boxes) = form.boxes() else {
            return Ok(None);
        };
        let mut found = BTreeMap::new();
        for one in self.gathered(lane)?.parts {
            let place = boxes.places.get(usize::from(one.part.sealed.place));
            let name = place.map_or("", |place| place.name.as_str());
            let counted = one.ballots.iter().filter(|(_, _, counts)| *counts);
            found.extend(counted.map(|(slot, _, _)| (*slot, name.to_owned())));
        }
        Ok(Some(found))
    }

    fn ballot_boxes(&mut self, lane: LaneId) -> Result<Option<BoxesView>, ApiError> {
        let row = self.process(lane)?;
        let Some(opening) = row.opening.clone() else {
            return Ok(None);
        };
        let Some(boxes) = opening.form.boxes().cloned() else {
            return Ok(None);
        };
        let gathered = self.gathered(lane)?;
        let said = self.proceedings(lane)?;
        let shown = !self.withheld(&row)?;
        let open = !row.is_closed() && self.space.may(Capability::RespondForOthers);
        let mut views = Vec::new();
        for (number, place) in (0_u16..).zip(&boxes.places) {
            let parts: Vec<&GatheredPart> = gathered
                .parts
                .iter()
                .filter(|one| one.part.sealed.place == number)
                .collect();
            views.push(self.box_view((number, place), &opening, &parts, &said, (shown, open)));
        }
        let names = |wanted: BoxState| -> Vec<String> {
            let of = views.iter().filter(|one| one.state == wanted);
            of.map(|one| one.name.clone()).collect()
        };
        let me = self.space.me();
        let loose = |mine: bool| {
            let of = gathered
                .loose
                .iter()
                .filter(|(device, _)| !mine || device.is_none_or(|device| device == me));
            short(of.map(|(_, ballots)| ballots.len() as u64).sum())
        };
        Ok(Some(BoxesView {
            signatures: boxes.signatures,
            missing: names(BoxState::Missing),
            unsigned: names(BoxState::Unsigned),
            loose: loose(false),
            loose_here: loose(true),
            may_seal: open,
            shown,
            boxes: views,
        }))
    }

    fn box_view(
        &self,
        (number, place): (u16, &BoxPlace),
        opening: &OpeningRow,
        parts: &[&GatheredPart],
        said: &Proceedings,
        (shown, open): (bool, bool),
    ) -> BoxView {
        // Of a voice that two parts of one box have, what counts; else the one that comes first.
        let mut all: BTreeMap<SlotId, (&Response, bool)> = BTreeMap::new();
        for (slot, response, counts) in parts.iter().flat_map(|part| &part.ballots) {
            let held = all.entry(*slot).or_insert((response, *counts));
            if *counts && !held.1 {
                *held = (response, true);
            }
        }
        let asked = opening.form.ballot();
        let counted = figures(opening, all.iter().map(|(slot, (said, _))| (*slot, *said)));
        let question = asked.and_then(|asked| {
            let found = counted.questions.iter();
            let found = found.into_iter().find(|one| one.question == asked.id)?;
            Some(results::question(asked, found, Vec::new()))
        });
        let state = if parts.is_empty() {
            BoxState::Missing
        } else if parts.iter().all(|one| one.part.late) {
            BoxState::Late
        } else if parts.iter().any(|one| !one.part.counts && !one.part.late) {
            BoxState::Unsigned
        } else {
            BoxState::Whole
        };
        let papers = parts.iter().map(|one| u64::from(one.part.sealed.papers));
        BoxView {
            number,
            name: place.name.clone(),
            keeper: place.keeper.clone(),
            state,
            papers: short(papers.sum()),
            ballots: short(all.len() as u64),
            counted: short(all.values().filter(|(_, counts)| *counts).count() as u64),
            figures: question.filter(|_| shown && !all.is_empty()),
            parts: parts
                .iter()
                .map(|one| self.part_view(opening, one, said, open))
                .collect(),
        }
    }

    fn part_view(
        &self,
        opening: &OpeningRow,
        one: &GatheredPart,
        said: &Proceedings,
        open: bool,
    ) -> BoxPartView {
        let roster = self.space.roster();
        let part = &one.part;
        let here = of_part(opening, one);
        let sealer = roster.person(part.device);
        let named = |person: &PersonId| {
            let mut members = roster.members().filter(|row| row.person == *person);
            members.find(|row| !row.name.trim().is_empty())
        };
        let signed = part.signed.iter();
        let signed = signed.filter(|person| Some(**person) != sealer);
        BoxPartView {
            minutes: record_text(part.id),
            by: roster.name(part.device).unwrap_or_default().to_owned(),
            time: said.claimed.get(&part.id).map_or(0, |time| time.0),
            papers: part.sealed.papers,
            ballots: short(part.sealed.ballots),
            agrees: agrees(part, &here),
            note: part.sealed.note.clone(),
            signed: signed
                .filter_map(|person| named(person).map(|row| row.name.clone()))
                .collect(),
            late: part.late,
            counts: part.counts,
            may_sign: open && agrees(part, &here) && self.may_sign(part),
            photos: part
                .photos
                .iter()
                .map(|one| {
                    let turned = |step: &Placed<Step>| PhotoTurned {
                        by: roster.name(step.device).unwrap_or_default().to_owned(),
                        why: step.said.text.clone(),
                    };
                    let hides = hiding(&said.steps, one.id);
                    let shown = said.steps.iter().filter(|step| shows_again(step, &hides));
                    let shown = shown.max_by_key(|step| (said.claimed.get(&step.id), step.id));
                    let now = standing(&said.steps);
                    let hidden = now.iter().find(|step| hides.contains(&step.id));
                    let may = self.space.may(Capability::Moderate);
                    BoxPhotoView {
                        photo: value::photo_view(&one.photo),
                        by: roster.name(one.device).unwrap_or_default().to_owned(),
                        record: record_text(one.id),
                        may_hide: hidden.is_none() && may,
                        may_show: hidden.is_some() && may,
                        shown_again: shown.filter(|_| hidden.is_none()).map(turned),
                        hidden: hidden.map(|step| turned(step)),
                    }
                })
                .collect(),
            may_picture: self.space.may(Capability::RespondForOthers),
        }
    }

    /// The photos of minutes of a vote.
    pub(super) fn photos_of_minutes(
        &self,
        lane: LaneId,
        form: &Form,
    ) -> Result<BTreeSet<RecordId>, ApiError> {
        if form.boxes().is_none() {
            return Ok(BTreeSet::new());
        }
        let gathered = self.gathered(lane)?;
        let photos = gathered.parts.iter().flat_map(|one| &one.part.photos);
        Ok(photos.map(|one| one.id).collect())
    }

    /// What a step names to turn a photo of minutes, which is named by itself: to hide it, the photo; to
    /// show it again, what hides it now.
    pub(super) fn turned(
        &self,
        (lane, form): (LaneId, &Form),
        kind: StepKind,
        named: &BTreeSet<RecordId>,
    ) -> Result<BTreeSet<RecordId>, ApiError> {
        let missing = || plain::missing("photo of minutes");
        let photo = *named
            .first()
            .filter(|_| named.len() == 1)
            .ok_or_else(missing)?;
        if !self.photos_of_minutes(lane, form)?.contains(&photo) {
            return Err(missing());
        }
        if kind == StepKind::Hidden {
            return Ok(named.clone());
        }
        let said = self.proceedings(lane)?;
        let hides = hiding(&said.steps, photo);
        let now = standing(&said.steps).into_iter();
        let now: BTreeSet<RecordId> = now
            .filter(|step| hides.contains(&step.id))
            .map(|step| step.id)
            .collect();
        if now.is_empty() {
            Err(missing())
        } else {
            Ok(now)
        }
    }

    /// Whether this person's signature under minutes would be one more.
    fn may_sign(&self, part: &BoxPart) -> bool {
        let me = self.space.roster().person(self.space.me());
        me.is_some_and(|me| !part.signed.contains(&me))
    }

    fn seal_box(&mut self, lane: LaneId, seal: &SealBox) -> Result<BoxSealed, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let boxes = opening
            .form
            .boxes()
            .ok_or_else(|| plain::missing("boxes"))?;
        if usize::from(seal.number) >= boxes.places.len() {
            return Err(plain::missing("box").about(seal.number.to_string()));
        }
        let note = seal.note.trim().to_owned();
        if note.len() > MAX_STEP_TEXT {
            return Err(plain::bad("note"));
        }
        // What is in the box is what stands in this device's chain before the minutes.
        self.command(Command::Seal)?;
        let me = self.space.me();
        let gathered = self.gathered(lane)?;
        let mine = gathered.loose.get(&Some(me)).cloned().unwrap_or_default();
        let mut before = gathered.parts.iter().map(|one| &one.part);
        if mine.is_empty() && before.any(|one| one.device == me && one.sealed.place == seal.number)
        {
            let why = "sealing a box once more with nothing new in it";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let counted = figures(&opening, mine.iter().map(|(slot, said)| (*slot, said)));
        let ballots = mine.len() as u64;
        let record = Record::Minutes(Minutes {
            form: opening.form_id,
            said: MinutesSaid::Sealed(Sealed {
                place: seal.number,
                papers: seal.papers,
                ballots,
                hash: counted.hash(),
                note,
            }),
            salt: clock::fresh(),
        });
        self.state(lane, record)?;
        let gathered = self.gathered(lane)?;
        let own = gathered.parts.iter().rfind(|one| one.part.device == me);
        let own = own.ok_or_else(|| plain::missing("minutes"))?;
        Ok(BoxSealed {
            minutes: record_text(own.part.id),
            ballots: short(ballots),
        })
    }

    /// A photo decides nothing, so it may come at any time.
    fn picture_box(
        &mut self,
        lane: LaneId,
        minutes: &str,
        photo: Photo,
    ) -> Result<Nothing, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let id = read_record(minutes)?;
        let gathered = self.gathered(lane)?;
        if !gathered.parts.iter().any(|one| one.part.id == id) {
            return Err(plain::missing("minutes").about(minutes));
        }
        if !self.holds(photo.full)? || !self.holds(photo.preview)? {
            return Err(plain::bad("photo"));
        }
        // Devices that know no photos of minutes must not lose ballots with this entry.
        self.command(Command::Seal)?;
        let record = Record::Minutes(Minutes {
            form: opening.form_id,
            said: MinutesSaid::Pictured { minutes: id, photo },
            salt: clock::fresh(),
        });
        self.state(lane, record)
    }

    fn sign_box(&mut self, lane: LaneId, minutes: &str) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let id = read_record(minutes)?;
        let gathered = self.gathered(lane)?;
        let mut parts = gathered.parts.iter();
        let part = parts.find(|one| one.part.id == id);
        let part = part.ok_or_else(|| plain::missing("minutes").about(minutes))?;
        if !self.may_sign(&part.part) {
            let why = "signing minutes that one made or signed oneself";
            return Err(ApiError::new(ErrorCode::NotAllowed, why).about("again"));
        }
        if !agrees(&part.part, &of_part(&opening, part)) {
            let why = "signing minutes of other ballots than this device has";
            return Err(ApiError::new(ErrorCode::NotAllowed, why).about("differ"));
        }
        let record = Record::Minutes(Minutes {
            form: opening.form_id,
            said: MinutesSaid::Signed(id),
            salt: clock::fresh(),
        });
        self.state(lane, record)
    }
}

/// The steps that hide a photo of minutes, those among them whose place another one took.
fn hiding(steps: &[Placed<Step>], photo: RecordId) -> BTreeSet<RecordId> {
    let hide =
        |step: &&Placed<Step>| step.said.hides_photos() && step.said.replaces.contains(&photo);
    steps.iter().filter(hide).map(|step| step.id).collect()
}

/// Whether a step shows again what `hides` did.
fn shows_again(step: &Placed<Step>, hides: &BTreeSet<RecordId>) -> bool {
    let said = &step.said;
    said.kind == StepKind::LetIn
        && said.about == Subject::Whole
        && said.replaces.iter().any(|id| hides.contains(id))
}

/// Of steps, those that turn photos of minutes and do nothing besides: they are told beside the photo.
pub(super) fn only_turn(steps: &[Placed<Step>], photos: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
    let all = |step: &Placed<Step>, named: &BTreeSet<RecordId>| {
        let replaces = &step.said.replaces;
        !replaces.is_empty() && replaces.iter().all(|id| named.contains(id))
    };
    let hide = |step: &&Placed<Step>| step.said.hides_photos() && all(step, photos);
    let mut only: BTreeSet<RecordId> = steps.iter().filter(hide).map(|step| step.id).collect();
    let show = |step: &&Placed<Step>| shows_again(step, &only) && all(step, &only);
    let shown: Vec<RecordId> = steps.iter().filter(show).map(|step| step.id).collect();
    only.extend(shown);
    only
}

/// Whether minutes say of the ballots in them what is here.
fn agrees(part: &BoxPart, here: &Results) -> bool {
    part.sealed.ballots == here.counted.all() && part.sealed.hash == here.hash()
}

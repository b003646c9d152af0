//! Sealed answers as bytes: what is sealed, to what it is bound, and reading it again.
//! Not here: who may read (`node::sealing`), photos and sounds (`plain::sealed_media`).

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use majlis_core::consultation::count::Said;
use majlis_core::consultation::form::{MAX_SEALED, SealedQuestions, is_list_of_media};
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{DeviceId, FormId, LaneId, QuestionId, SlotId, SpaceId};
use majlis_core::record::{Known, Record, Records, Response, Speaker};
use majlis_sealed::{Key, Part, open, pad, seal, unpad};

use crate::api::sealing::SealedPart;
use crate::clock::Fresh;

/// Answers of a response or of a row.
pub(crate) type Answers = Vec<(QuestionId, Answer)>;

/// What a box is for; nothing that is sealed for one purpose opens for another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The sealed answers of one response.
    Answers,
    /// A part of the key, from whoever drew it to a keeper.
    Part,
    /// A part of the key, from one keeper to another.
    Released,
    /// The bytes of a photo or a sound.
    Medium,
}

/// Where boxes belong: they open nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) space: SpaceId,
    pub(crate) lane: LaneId,
}

impl Place {
    /// The `info` of a box; every piece is of a fixed length but the first, which ends in a zero.
    /// Answers belong to a form. So do parts, which it carries: to the digest of all else in it.
    pub(super) fn info(self, purpose: Purpose, what: &[u8; 32]) -> Vec<u8> {
        let label: &[u8] = match purpose {
            Purpose::Answers => b"majlis sealed answers v1\0",
            Purpose::Part => b"majlis key part v1\0",
            Purpose::Released => b"majlis released key part v1\0",
            Purpose::Medium => b"majlis sealed medium v1\0",
        };
        [label, self.space.as_bytes(), self.lane.as_bytes(), what].concat()
    }

    /// Seals a part of the key of a form, named by its digest, to a device; `None` when the device's key is none.
    pub(crate) fn seal_part(
        self,
        purpose: Purpose,
        form: &[u8; 32],
        part: &Part,
        device: DeviceId,
    ) -> Option<Vec<u8>> {
        let to = majlis_sealed::device_public(device.as_bytes())?;
        let whose = whose_part(part.number(), device);
        let info = self.info(purpose, form);
        seal(&to, &info, &whose, part.bytes(), &mut Fresh).ok()
    }

    /// Opens a part that was sealed to this device, whether or not it is the right one.
    pub(crate) fn open_part(
        self,
        purpose: Purpose,
        form: &[u8; 32],
        number: NonZeroU8,
        (device, secret): (DeviceId, &Key),
        sealed: &[u8],
    ) -> Option<Part> {
        let whose = whose_part(number, device);
        let bytes = open(secret, &self.info(purpose, form), &whose, sealed)?;
        Some(Part::from_bytes(number, bytes.as_slice().try_into().ok()?))
    }

    /// The answers of a response with those to sealed questions as one sealed piece, in the order of
    /// the form; the question that it stands at when there is too much to be sealed.
    pub(crate) fn seal_answers(
        self,
        (id, form): (FormId, &Form),
        sealed: &SealedQuestions,
        slot: SlotId,
        answers: Answers,
    ) -> Result<Answers, QuestionId> {
        let Some(first) = form.first_in_piece() else {
            return Ok(answers);
        };
        let questions = form.questions_in_piece();
        let is_listed = |(question, answer): &(QuestionId, Answer)| {
            questions.contains(question) && is_list_of_media(*question, answer)
        };
        let (listed, answers): (Answers, Answers) = answers.into_iter().partition(is_listed);
        let is_sealed = |(question, _): &(QuestionId, Answer)| questions.contains(question);
        let (inside, mut open): (Answers, Answers) = answers.into_iter().partition(is_sealed);
        if let [(at, Answer::Sealed(_))] = inside.as_slice()
            && *at == first
        {
            // Sealed already, to the same slot: it stays as it is, with what it names.
            open.extend(inside);
            open.extend(listed);
            in_order(form, &mut open);
            return Ok(open);
        }
        // Which row each belongs to is in the piece; everybody has to know which bytes to carry.
        for question in form.listed_media() {
            let mut list = Vec::new();
            named_in_rows(question, &inside, &mut list);
            if !list.is_empty() {
                open.push((question, Answer::Rows(list)));
            }
        }
        let plain = pad(written(id, inside));
        let info = self.info(Purpose::Answers, id.as_bytes());
        let piece = seal(&sealed.key, &info, slot.as_bytes(), &plain, &mut Fresh);
        let piece = piece.ok().filter(|piece| piece.len() <= MAX_SEALED);
        open.push((first, Answer::Sealed(piece.ok_or(first)?)));
        in_order(form, &mut open);
        Ok(open)
    }
}

fn whose_part(number: NonZeroU8, device: DeviceId) -> Vec<u8> {
    [&[number.get()], device.as_bytes().as_slice()].concat()
}

/// What the rows of some answers say to a question, one a row.
fn named_in_rows(question: QuestionId, answers: &[(QuestionId, Answer)], list: &mut Vec<Answers>) {
    for (_, answer) in answers {
        let Answer::Rows(rows) = answer else {
            continue;
        };
        for row in rows {
            let own = row.iter().filter(|(id, _)| *id == question);
            list.extend(own.map(|named| vec![named.clone()]));
            named_in_rows(question, row, list);
        }
    }
}

fn in_order(form: &Form, answers: &mut Answers) {
    let order = |id: &QuestionId| {
        let mut questions = form.questions.iter();
        questions.position(|question| question.id == *id)
    };
    answers.sort_by_key(|(id, _)| order(id));
}

/// As the payload of an entry would carry them: there is one encoding for answers, with its bounds,
/// and it is safe to read from anybody.
fn written(form: FormId, answers: Answers) -> Vec<u8> {
    let speaker = Speaker::Known(Known::Own {
        supersedes: Vec::new(),
        salt: [0; 8],
    });
    let record = Record::Response(Response {
        form,
        speaker,
        answers,
    });
    Records {
        records: vec![record],
    }
    .encode()
}

/// Reads the sealed answers to one form on a device that has the key. What it reads is in memory only.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) place: Place,
    pub(crate) id: FormId,
    pub(crate) form: std::sync::Arc<Form>,
    pub(crate) key: Key,
    /// The slots that each holder of a receipt claimed: what was sealed to one of them is theirs.
    pub(crate) claimed: std::sync::Arc<BTreeMap<SlotId, Vec<SlotId>>>,
}

impl Reader {
    /// The slots to which what a voice says may be sealed: its own, and those that it claimed.
    fn slots(&self, slot: SlotId) -> impl Iterator<Item = SlotId> {
        let claimed = self.claimed.get(&slot).map(Vec::as_slice);
        std::iter::once(slot).chain(claimed.unwrap_or_default().iter().copied())
    }

    /// What a response says to sealed questions; `None` when that cannot be read or does not fit.
    pub(crate) fn inside(&self, slot: SlotId, answers: &[(QuestionId, Answer)]) -> Option<Answers> {
        let piece = answers.iter().find_map(|(_, answer)| match answer {
            Answer::Sealed(piece) => Some(piece),
            _ => None,
        })?;
        let info = self.place.info(Purpose::Answers, self.id.as_bytes());
        let plain = self.slots(slot);
        let plain = plain
            .filter_map(|slot| open(&self.key, &info, slot.as_bytes(), piece))
            .next()?;
        let mut records = Records::decode(unpad(&plain)?).ok()?.records;
        let Some(Record::Response(response)) = records.pop().filter(|_| records.is_empty()) else {
            return None;
        };
        let fits = self.form.accepts_sealed(&response.answers).is_ok();
        (fits && response.form == self.id).then_some(response.answers)
    }

    /// A response as its author gave it; `None` as in [`Reader::inside`].
    pub(crate) fn whole(&self, slot: SlotId, answers: &[(QuestionId, Answer)]) -> Option<Answers> {
        let inside = self.inside(slot, answers)?;
        Some(self.with(inside, answers))
    }

    fn with(&self, inside: Answers, answers: &[(QuestionId, Answer)]) -> Answers {
        let open = answers.iter().cloned();
        let open = open.filter(|(id, answer)| {
            !matches!(answer, Answer::Sealed(_)) && !is_list_of_media(*id, answer)
        });
        let mut whole: Answers = open.chain(inside).collect();
        in_order(&self.form, &mut whole);
        whole
    }
}

/// What was read in this run of the program: pages ask again and again, and a cheap tablet opens a
/// thousand boxes in a second. In memory only, and never written out for a log.
#[derive(Default)]
pub(crate) struct Opened {
    held: BTreeMap<(FormId, SlotId), ([u8; 32], Option<Answers>)>,
    /// About how much they take up.
    bytes: usize,
}

/// So much is remembered: a tablet has little memory.
const REMEMBERED: usize = 24_000_000;
/// What an answer takes up beside what it says.
const BESIDE: usize = 300;

impl Opened {
    /// As [`Reader::whole`], read once.
    pub(crate) fn whole(
        &mut self,
        reader: &Reader,
        slot: SlotId,
        answers: &[(QuestionId, Answer)],
    ) -> Option<Answers> {
        let piece = answers.iter().find_map(|(_, answer)| match answer {
            Answer::Sealed(piece) => Some(piece),
            _ => None,
        })?;
        // A claim may come after what it gives its holder to read.
        let mut hash = blake3::Hasher::new();
        for slot in reader.slots(slot) {
            hash.update(slot.as_bytes());
        }
        let hash = *hash.update(piece).finalize().as_bytes();
        let at = (reader.id, slot);
        let known = self.held.get(&at).filter(|(of, _)| *of == hash);
        let inside = match known {
            Some((_, inside)) => inside.clone(),
            None => {
                let inside = reader.inside(slot, answers);
                // Answers take up several times their encoding.
                let size = piece.len().saturating_mul(4).saturating_add(BESIDE);
                if self.bytes.saturating_add(size) > REMEMBERED {
                    self.held.clear();
                    self.bytes = 0;
                }
                self.bytes = self.bytes.saturating_add(size);
                self.held.insert(at, (hash, inside.clone()));
                inside
            }
        };
        inside.map(|inside| reader.with(inside, answers))
    }
}

/// How the sealed part of a version stands here, and all that it says where that was read.
pub(crate) fn sealed_part(
    reader: Option<&Reader>,
    slot: SlotId,
    said: &Said,
) -> (Option<SealedPart>, Option<Answers>) {
    let Said::Response(response) = said else {
        return (None, None);
    };
    let mut answers = response.answers.iter();
    if !answers.any(|(_, answer)| matches!(answer, Answer::Sealed(_))) {
        return (None, None);
    }
    let Some(reader) = reader.filter(|reader| reader.id == response.form) else {
        return (Some(SealedPart::Closed), None);
    };
    match reader.whole(slot, &response.answers) {
        Some(whole) => (Some(SealedPart::Opened), Some(whole)),
        None => (Some(SealedPart::Spoiled), None),
    }
}

//! An answer that counts, as a response of other programs: what it says, and what the record around says.

use majlis_core::consultation::{Answer, Form};
use majlis_core::id::QuestionId;
use majlis_core::record::Speaker;
use majlis_formats::export::Response;
use majlis_store::CountedRow;

use crate::plain;
use crate::plain::answers::{Endings, Media, named};
use crate::plain::sheet::Names;

/// The further column of answers to a form with conditions: whether they break one.
pub(crate) const BREAKS: &str = "breaks_rules";
/// What that means, in Arabic, French and English.
pub(crate) const BREAKS_MEANS: [&str; 3] = [
    "1 إذا كان الجواب يخالف شرطًا من شروط الاستمارة؛ وهو محسوب مع ذلك",
    "1 si la réponse ne respecte pas une condition du formulaire ; elle compte quand même",
    "1 if the answer breaks a condition of the form; it counts all the same",
];
/// The further column of answers to a form with sealed questions: whether they could be read.
pub(crate) const SEALED: &str = "sealed";
/// What that means, in Arabic, French and English.
pub(crate) const SEALED_MEANS: [&str; 3] = [
    "1 إذا كانت أجوبة الأسئلة المختومة لا تُقرأ على الجهاز الذي كتب هذا الملف",
    "1 si les réponses scellées ne pouvaient pas être lues sur l’appareil qui a écrit ce fichier",
    "1 if the sealed answers could not be read on the device that wrote this file",
];
/// The further column of a vote with ballot boxes: the box that a ballot lies in.
pub(crate) const BOX: &str = "ballot_box";
/// What that means, in Arabic, French and English.
pub(crate) const BOX_MEANS: [&str; 3] = [
    "الصندوق الذي فيه الورقة؛ وهو فارغ لما أدلى به الناس بأنفسهم ولما ليس في صندوق",
    "l’urne où se trouve le bulletin ; vide pour ce que chacun a déposé soi-même et pour ce qui n’est dans aucune urne",
    "the box that the ballot lies in; empty for what people cast themselves, and for what is in no box",
];
/// The further column of an answer: how it was given.
pub(crate) const GIVEN: &str = "given";
/// What that means, in Arabic, French and English.
pub(crate) const GIVEN_MEANS: [&str; 3] = [
    "كيف أُعطي الجواب لمن أدخله: شفهيًا (spoken) أو على ورق (paper) أو بالهاتف (phone)",
    "comment la réponse a été donnée à qui l’a saisie : de vive voix (spoken), sur papier (paper), par téléphone (phone)",
    "how the answer was given to whoever entered it: spoken, on paper, by phone",
];

/// An answer that counts, with what it says as far as that was read.
pub(crate) fn response(
    form: &Form,
    names: &Names,
    row: &CountedRow,
    answers: &[(QuestionId, Answer)],
    endings: &Endings,
) -> Response {
    let answers = named(form, names, answers, Media::Files(endings));
    let assisted = match &row.response.speaker {
        Speaker::New { assisted, .. } => Some(assisted),
        Speaker::Known(known) => known.assisted(),
        Speaker::Slip(_) => None,
    };
    let given = assisted.map(|assisted| {
        let mode = plain::mode_name(assisted.mode);
        let word = serde_json::to_value(mode).unwrap_or_default();
        (
            GIVEN.to_owned(),
            word.as_str().unwrap_or_default().to_owned(),
        )
    });
    let channel = match (&row.response.speaker, row.assisted) {
        (Speaker::Slip(_), _) => "slip",
        (_, true) => "assisted",
        (_, false) => "self",
    };
    Response {
        id: row.slot.to_string(),
        submitted_at: row.claimed.map(|time| moment(time.0)).unwrap_or_default(),
        channel: channel.to_owned(),
        conflict: row.beside > 0,
        ever_corrected: row.replaced > 0,
        attributes: given.into_iter().collect(),
        answers,
    }
}

/// Milliseconds since 1970 in ISO 8601; nothing for a time that no calendar has.
pub(crate) fn moment(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis);
    time.map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;

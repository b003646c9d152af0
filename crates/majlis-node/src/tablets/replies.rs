//! What a tablet is told about a submission: the status of HTTP, and a sentence for its officer, in the
//! language that was said when the tablet was let in, as the protocol names none.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use majlis_formats::openrosa;

use super::Door;
use crate::api::me::Language;
use crate::node::submissions::{Taken, Untaken};
use crate::node::tablets::Tablet;

/// A sentence in Arabic, French and English; `{}` stands for what it is about.
type Words = [&'static str; 3];

pub(super) const TOKEN_NEEDED: Words = [
    "يلزم رمز دخول",
    "un jeton est nécessaire",
    "a token is needed",
];
pub(super) const TOKEN_WRONG: Words = [
    "رمز الدخول خاطئ أو أُلغي",
    "le jeton est faux ou a été retiré",
    "the token is wrong or was revoked",
];
pub(super) const MANY_OF_ADDRESS: Words = [
    "طلبات كثيرة من هذا العنوان؛ حاول بعد دقيقة",
    "trop de demandes de cette adresse ; réessayez dans une minute",
    "too many requests from this address; try again in a minute",
];
pub(super) const MANY_WRONG: Words = [
    "رموز دخول خاطئة كثيرة من هذا العنوان؛ حاول بعد دقيقة",
    "trop de faux jetons de cette adresse ; réessayez dans une minute",
    "too many wrong tokens from this address; try again in a minute",
];
pub(super) const MANY_OF_TABLET: Words = [
    "طلبات كثيرة من هذا الجهاز؛ حاول بعد دقيقة",
    "trop de demandes de cette tablette ; réessayez dans une minute",
    "too many requests from this tablet; try again in a minute",
];
pub(super) const MANY_AT_ONCE: Words = [
    "أجهزة كثيرة ترسل في هذه اللحظة؛ حاول بعد دقيقة",
    "beaucoup de tablettes envoient en ce moment ; réessayez dans une minute",
    "many tablets are sending at this moment; try again in a minute",
];
/// Nobody is told what the disk of this device says.
const HIDDEN: Words = [
    "لا يستطيع الخادم ذلك الآن؛ احتفظ بالجواب وأرسله مرة أخرى",
    "le serveur ne le peut pas maintenant ; gardez la réponse et renvoyez-la",
    "the server cannot do this now; keep the answer and send it again",
];
const RECEIVED: Words = ["تم الاستلام.", "Reçu.", "Received."];
const REPLACES: Words = [
    "تم الاستلام، وهو يحل محل الجواب السابق.",
    "Reçu ; remplace la réponse précédente.",
    "Received; it replaces the earlier answer.",
];
const BEFORE: Words = [
    "استُلم من قبل، ويُحسب مرة واحدة.",
    "Déjà reçu ; compte une seule fois.",
    "Received before; it counts once.",
];
const CODE: Words = [
    " الرمز لإيصال الشخص: {}",
    " Le code pour le reçu de la personne : {}",
    " The code for the person's receipt: {}",
];
const SO_FAR: Words = [
    "تم الاستلام حتى الآن، وينقص: {}",
    "Reçu jusqu’ici ; il manque : {}",
    "Received so far; missing: {}",
];
const MALFORMED: Words = [
    "لا يمكن قراءة هذا الجواب. احتفظ به وأخبر المكتب بما يلي: {}.",
    "Cette réponse ne peut pas être lue. Gardez-la et signalez ceci au bureau : {}.",
    "This answer cannot be read. Keep it and tell the office this: {}.",
];
const ENCRYPTED: Words = [
    "هذا الجواب مشفّر بمفتاح ليس لدينا. احتفظ به وأخبر المكتب: يجب أن تكون الاستمارة بلا تشفير.",
    "Cette réponse est chiffrée avec une clé qui n’est pas la nôtre. Gardez-la et prévenez le bureau : le formulaire doit être sans chiffrement.",
    "This answer is encrypted for a key that is not ours. Keep it and tell the office: the form must be without encryption.",
];
const UNANSWERED: Words = [
    "سؤال مطلوب بلا جواب: {}. افتح الجواب وأكمله ثم أرسله مرة أخرى.",
    "Une question obligatoire est sans réponse : {}. Ouvrez la réponse, complétez-la et renvoyez-la.",
    "A question that must be answered is not: {}. Open the answer, complete it and send it again.",
];
const UNFIT: Words = [
    "جواب لا يناسب سؤاله: {}. افتح الجواب وصحّحه ثم أرسله مرة أخرى، أو خذ الاستمارات من جديد.",
    "Une réponse ne convient pas à sa question : {}. Ouvrez-la, corrigez-la et renvoyez-la, ou reprenez les formulaires.",
    "An answer does not fit its question: {}. Open it, correct it and send it again, or get the forms anew.",
];
const UNKNOWN_FORM: Words = [
    "لا توجد استمارة كهذه هنا، أو ليس بهذه النسخة. خذ الاستمارات من جديد واحتفظ بالجواب.",
    "Ce formulaire n’est pas ici, ou pas dans cette version. Reprenez les formulaires ; gardez la réponse.",
    "There is no such form here, or not in this version. Get the forms anew; keep the answer.",
];
const CLOSED: Words = [
    "أُغلقت الاستشارة. احتفظ بالجواب وأخبر المكتب.",
    "La consultation est close. Gardez la réponse et prévenez le bureau.",
    "The consultation is closed. Keep the answer and tell the office.",
];
const DIFFERENT: Words = [
    "استُلم جواب آخر بهذا الاسم من قبل، وهو باقٍ. احتفظ بهذا الجواب وأخبر المكتب.",
    "Une autre réponse a été reçue sous ce nom, et reste. Gardez celle-ci et prévenez le bureau.",
    "Another answer was received under this name before, and stays. Keep this one and tell the office.",
];
const NOT_ALLOWED: Words = [
    "ليست لهذا الخادم الرتبة التي يُدخل بها أجوبة عن غيره هنا. احتفظ بالجواب وأخبر المكتب.",
    "Ce serveur n’a pas le rang pour entrer des réponses pour d’autres ici. Gardez la réponse et prévenez le bureau.",
    "This server does not have the rank to enter answers for others here. Keep the answer and tell the office.",
];
const SEALING_UNFIT: Words = [
    "لا يمكن ختم أجوبة هذه الاستشارة كما يجب. احتفظ بالجواب وأخبر المكتب.",
    "Les réponses de cette consultation ne peuvent pas être scellées comme il faut. Gardez la réponse et prévenez le bureau.",
    "Answers to this consultation cannot be sealed as they have to be. Keep the answer and tell the office.",
];
const OF_ANOTHER: Words = [
    "هذا الجواب أو ما يصحّحه سُلّم من جهاز مسؤول آخر. يُصحَّح من ذلك الجهاز.",
    "Cette réponse, ou celle qu’elle corrige, a été remise depuis la tablette d’un autre agent. Elle se corrige depuis cette tablette.",
    "This answer, or what it corrects, was handed in from a tablet of another officer. It is corrected from that tablet.",
];
const CLAIMED: Words = [
    "صار صاحب الإيصال يتحدث عن هذا الجواب بجهازه. سجّل جوابًا جديدًا بإيصال جديد إن لم يكن هو، وأخبر المكتب.",
    "Le détenteur du reçu parle désormais pour cette réponse avec son propre appareil. Si ce n’était pas lui, enregistrez une nouvelle réponse avec un nouveau reçu, et prévenez le bureau.",
    "The holder of the receipt speaks for this answer with a device of their own now. If it was not them, enter a new answer with a new receipt, and tell the office.",
];
const NOT_HERE: Words = [
    "الجواب الذي يصحّحه هذا ليس هنا. احتفظ بهذا الجواب وأخبر المكتب.",
    "La réponse que celle-ci corrige n’est pas ici. Gardez celle-ci et prévenez le bureau.",
    "The answer that this one corrects is not here. Keep this one and tell the office.",
];
const SEALED_TOO_LONG: Words = [
    "ما يُختم في هذا الجواب طويل جدًا، ابتداءً من: {}. اختصر النصوص ثم أرسله مرة أخرى.",
    "Ce qui est scellé dans cette réponse est trop long, à partir de : {}. Raccourcissez les textes et renvoyez-la.",
    "What is sealed in this answer is too long, from here on: {}. Make the texts shorter and send it again.",
];
const TOO_LONG: Words = [
    "هذا الجواب أطول مما يمكن تسجيله. اختصر النصوص أو قلّل الصفوف ثم أرسله مرة أخرى.",
    "Cette réponse est plus longue que ce qui peut être enregistré. Raccourcissez les textes, ou gardez moins de lignes, et renvoyez-la.",
    "This answer is longer than can be recorded. Make the texts shorter, or keep fewer rows, and send it again.",
];
const TOO_LARGE: Words = [
    "هذا أكبر مما يُقبل دفعة واحدة.",
    "C’est plus que ce qui est pris en une fois.",
    "This is larger than is taken at once.",
];
const BAD_FILE: Words = [
    "هذا الملف ليس صورة (JPEG أو PNG أو WebP) ولا صوتًا (M4A أو Ogg أو WebM أو MP3 أو WAV) يمكن حفظه: {}. الباقي محفوظ.",
    "Ce fichier n’est ni une photo (JPEG, PNG, WebP) ni un son (M4A, Ogg, WebM, MP3, WAV) que l’on peut garder : {}. Le reste est gardé.",
    "This file is no photo (JPEG, PNG, WebP) or sound (M4A, Ogg, WebM, MP3, WAV) that can be kept: {}. The rest is kept.",
];
const BROKEN: Words = [
    "انقطع في الطريق. ما وصل محفوظ؛ أرسله مرة أخرى.",
    "Interrompu en route. Ce qui est arrivé est gardé ; renvoyez-le.",
    "It broke off on the way. What arrived is kept; send it again.",
];
const MISSING: Words = [
    "تنقص ملفات: {}. ما وصل محفوظ؛ أرسله مرة أخرى.",
    "Il manque des fichiers : {}. Ce qui est arrivé est gardé ; renvoyez-le.",
    "Files are missing: {}. What arrived is kept; send it again.",
];
const FULL: Words = [
    "ينتظر الكثير، أو وصل اليوم من هذا الجهاز ما يكفي. احتفظ بالجواب وأرسله لاحقًا.",
    "Trop de choses attendent, ou sont venues de cette tablette aujourd’hui. Gardez la réponse et envoyez-la plus tard.",
    "Too much is waiting, or came from this tablet today. Keep the answer and send it later.",
];

/// A sentence in one language; in all where it is not known whose tablet it is.
fn words(said: &Words, language: Option<Language>, about: &str) -> String {
    let [arabic, french, english] = said;
    let said = match language {
        Some(Language::Ar) => (*arabic).to_owned(),
        Some(Language::Fr) => (*french).to_owned(),
        Some(Language::En) => (*english).to_owned(),
        None => said.join(" / "),
    };
    said.replace("{}", about)
}

fn say(status: StatusCode, message: &str, received: bool) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
    (status, kind, openrosa::respond(message, received)).into_response()
}

/// It cannot be done now; why is for the log alone.
pub(super) fn hidden(language: Option<Language>) -> Response {
    let why = words(&HIDDEN, language, "");
    say(StatusCode::INTERNAL_SERVER_ERROR, &why, false)
}

/// A token is missing, wrong or revoked.
pub(super) fn refuse_wrong(said: &Words) -> Response {
    let mut response = say(StatusCode::UNAUTHORIZED, &words(said, None, ""), false);
    let asks = HeaderValue::from_static("Basic realm=\"Majlis\", charset=\"UTF-8\"");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, asks);
    response
}

/// Later, and not now.
pub(super) fn busy(said: &Words, language: Option<Language>) -> Response {
    let message = words(said, language, "");
    let mut response = say(StatusCode::TOO_MANY_REQUESTS, &message, false);
    let later = HeaderValue::from_static("60");
    response.headers_mut().insert(header::RETRY_AFTER, later);
    response
}

/// It is recorded, or waits.
pub(super) fn reply(door: &Door, tablet: &Tablet, taken: &Taken) -> Response {
    let language = Some(tablet.language);
    match taken {
        Taken::Recorded { code, before } => {
            if *before {
                door.figures.repeated();
            } else {
                door.figures.recorded();
                tracing::info!(tablet = %tablet.id, "an answer from a tablet is recorded");
            }
            let first = match (before, code) {
                (true, _) => &BEFORE,
                (false, Some(_)) => &RECEIVED,
                (false, None) => &REPLACES,
            };
            let code = code.as_ref().map(|code| words(&CODE, language, code));
            let message = words(first, language, "") + &code.unwrap_or_default();
            say(StatusCode::CREATED, &message, true)
        }
        Taken::Waits(missing) => {
            door.figures.waiting();
            let message = words(&SO_FAR, language, &missing.join(", "));
            say(StatusCode::ACCEPTED, &message, true)
        }
    }
}

/// It is not recorded.
pub(super) fn failed(door: &Door, tablet: &Tablet, untaken: Untaken) -> Response {
    door.figures.refused();
    let (status, said, about) = match untaken {
        Untaken::Malformed(why) => (StatusCode::BAD_REQUEST, &MALFORMED, why),
        Untaken::UnknownForm => (StatusCode::NOT_FOUND, &UNKNOWN_FORM, String::new()),
        Untaken::Closed => (StatusCode::CONFLICT, &CLOSED, String::new()),
        Untaken::Different => (StatusCode::CONFLICT, &DIFFERENT, String::new()),
        Untaken::Encrypted => (StatusCode::BAD_REQUEST, &ENCRYPTED, String::new()),
        Untaken::Unanswered(name) => (StatusCode::BAD_REQUEST, &UNANSWERED, name),
        Untaken::Unfit(name) => (StatusCode::BAD_REQUEST, &UNFIT, name),
        Untaken::NotAllowed => (StatusCode::FORBIDDEN, &NOT_ALLOWED, String::new()),
        Untaken::SealingUnfit => (StatusCode::FORBIDDEN, &SEALING_UNFIT, String::new()),
        Untaken::OfAnother => (StatusCode::FORBIDDEN, &OF_ANOTHER, String::new()),
        Untaken::Claimed => (StatusCode::CONFLICT, &CLAIMED, String::new()),
        Untaken::NotHere => (StatusCode::CONFLICT, &NOT_HERE, String::new()),
        Untaken::SealedTooLong(name) => (StatusCode::PAYLOAD_TOO_LARGE, &SEALED_TOO_LONG, name),
        Untaken::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, &TOO_LONG, String::new()),
        Untaken::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, &TOO_LARGE, String::new()),
        Untaken::BadFile(name) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, &BAD_FILE, name),
        Untaken::Broken => (StatusCode::BAD_REQUEST, &BROKEN, String::new()),
        Untaken::Missing(names) => (StatusCode::BAD_REQUEST, &MISSING, names.join(", ")),
        Untaken::Full => (StatusCode::INSUFFICIENT_STORAGE, &FULL, String::new()),
        Untaken::Failed(error) => {
            tracing::error!(%error, "taking what a tablet sent");
            return hidden(Some(tablet.language));
        }
    };
    let logged = words(said, Some(Language::En), &about);
    tracing::info!(
        status = status.as_u16(),
        message = logged,
        "not taken from a tablet"
    );
    say(status, &words(said, Some(tablet.language), &about), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiError, ErrorCode};

    #[test]
    fn what_is_too_long_or_gone_is_not_told_to_be_unreadable() {
        let untaken = |code, about: &str| Untaken::from(ApiError::new(code, "why").about(about));
        assert_eq!(untaken(ErrorCode::TooLong, ""), Untaken::TooLong);
        let missing = Untaken::Missing(vec!["well".to_owned()]);
        assert_eq!(untaken(ErrorCode::MediaGone, "well"), missing);
        let full = untaken(ErrorCode::DiskFull, "");
        assert!(matches!(full, Untaken::Failed(_)), "{full:?}");
    }

    #[test]
    fn an_officer_reads_a_language_and_who_is_unknown_all_of_them() {
        let said = |language| words(&CODE, language, "J0CW");
        assert!(said(Some(Language::Ar)).ends_with("لإيصال الشخص: J0CW"));
        assert!(said(Some(Language::Fr)).contains("pour le reçu de la personne : J0CW"));
        let all = words(&TOKEN_WRONG, None, "");
        assert!(TOKEN_WRONG.iter().all(|one| all.contains(one)));
    }
}

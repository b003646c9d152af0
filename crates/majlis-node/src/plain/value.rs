//! Numbers and dates as people type and read them. Not here: whether a value fits its question.

use majlis_core::blob::Photo;
use majlis_core::consultation::form::{Place, Row, is_list_of_media};
use majlis_core::consultation::{Answer, Details, Form, Question, QuestionKind};
use majlis_core::id::QuestionId;

use crate::api::media::PhotoView;
use crate::api::process::{AnswerTo, AnswerValue, PlaceView};
use crate::plain::answers::{self, Media};
use crate::plain::form;

const MILLION: i64 = 1_000_000;

/// A typed decimal in millionths: Latin, Arabic-Indic or Eastern digits; a point, comma or Arabic
/// decimal sign; spaces and Arabic thousands signs between digits. `None` for anything else.
pub(crate) fn number(text: &str) -> Option<i64> {
    let mut negative = false;
    let mut whole: i64 = 0;
    let mut decimals: Option<u32> = None;
    let mut digits = 0;
    let text = text.trim();
    for (at, c) in text.chars().enumerate() {
        match c {
            '-' | '\u{2212}' if at == 0 => negative = true,
            '+' if at == 0 => {}
            '.' | ',' | '\u{66b}' if decimals.is_none() && digits > 0 => decimals = Some(0),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{66c}' if decimals.is_none() && digits > 0 => {}
            // Directional marks come along when a number is pasted from a right-to-left text.
            '\u{200e}' | '\u{200f}' | '\u{61c}' => {}
            _ => {
                let digit = digit(c)?;
                digits += 1;
                match &mut decimals {
                    Some(6) if digit == 0 => continue,
                    Some(6) => return None,
                    Some(count) => *count += 1,
                    None => {}
                }
                whole = whole.checked_mul(10)?.checked_add(digit)?;
            }
        }
    }
    if digits == 0 || decimals == Some(0) {
        return None;
    }
    let scale = 10_i64.checked_pow(6_u32.checked_sub(decimals.unwrap_or(0))?)?;
    let value = whole.checked_mul(scale)?;
    Some(if negative { -value } else { value })
}

/// A digit as it is written in Latin, Arabic-Indic or eastern Arabic-Indic numbers.
pub(crate) fn digit(c: char) -> Option<i64> {
    let from = |zero: char| i64::from(u32::from(c)) - i64::from(u32::from(zero));
    ['0', '\u{660}', '\u{6f0}']
        .map(from)
        .into_iter()
        .find(|value| (0..=9).contains(value))
}

/// Millionths as the shortest decimal.
pub(crate) fn decimal(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let value = millionths.unsigned_abs();
    let (whole, rest) = (
        value / MILLION.unsigned_abs(),
        value % MILLION.unsigned_abs(),
    );
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:06}");
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

/// `YYYY-MM-DD` (any of the digits of [`number`]) as days since 1970.
pub(crate) fn days(text: &str) -> Option<i32> {
    let mut parts = text.trim().split('-');
    let mut part = |len: usize| -> Option<i64> {
        let part = parts.next()?;
        let mut value = 0_i64;
        let mut count = 0;
        for c in part.chars() {
            value = value * 10 + digit(c)?;
            count += 1;
            if count > len {
                return None;
            }
        }
        (count == len).then_some(value)
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() || year == 0 || !(1..=12).contains(&month) {
        return None;
    }
    let days = days_of(year, month, day);
    // A day that the month does not have lands in another month.
    (date_of(days) == (year, month, day)).then_some(i32::try_from(days).ok()?)
}

/// Days since 1970 as `YYYY-MM-DD`.
pub(crate) fn date(days: i32) -> String {
    let (year, month, day) = date_of(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The proleptic Gregorian calendar by eras of 400 years.
const fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The core's answer; `None` when the text is no number or date.
pub(crate) fn answer(value: &AnswerValue) -> Option<Answer> {
    Some(match value {
        AnswerValue::Text(text) => Answer::Text(text.trim().to_owned()),
        AnswerValue::Number(text) => Answer::Number(number(text)?),
        AnswerValue::Choices(chosen) => {
            let mut chosen = chosen.clone();
            chosen.sort_unstable();
            Answer::Choices(chosen)
        }
        AnswerValue::Scale(step) => Answer::Scale(*step),
        AnswerValue::Date(text) => Answer::Date(days(text)?),
        AnswerValue::Photo(view) => Answer::Photo(photo(view)?),
        AnswerValue::Sound(sound) => Answer::Sound(sound.parse().ok()?),
        AnswerValue::Ranking(order) => Answer::Ranking(order.clone()),
        AnswerValue::Points(points) => {
            let mut points = points.clone();
            points.retain(|(_, given)| *given > 0);
            points.sort_unstable();
            Answer::Points(points)
        }
        AnswerValue::Votes(votes) => {
            let each = votes
                .iter()
                .map(|(id, vote)| Some((id.parse().ok()?, *vote)));
            let mut votes = each.collect::<Option<Vec<_>>>()?;
            votes.sort_unstable();
            Answer::Votes(votes)
        }
        AnswerValue::Time(text) => read(&QuestionKind::Time, text)?,
        AnswerValue::DateTime(text) => read(&QuestionKind::DateTime, text)?,
        AnswerValue::Place(place) => {
            let or = |text: &str| {
                if text.is_empty() {
                    "0".to_owned()
                } else {
                    text.to_owned()
                }
            };
            let (altitude, accuracy) = (or(&place.altitude), or(&place.accuracy));
            let text = format!(
                "{} {} {altitude} {accuracy}",
                place.latitude, place.longitude
            );
            read(&QuestionKind::Place, &text)?
        }
        AnswerValue::Acknowledged => Answer::Acknowledged,
        // Nobody hands in what is sealed already.
        AnswerValue::Sealed => return None,
        AnswerValue::Rows(rows) => {
            let row = |row: &Vec<AnswerTo>| {
                let each = row
                    .iter()
                    .map(|one| Some((form::read_question_id(&one.question)?, answer(&one.value)?)));
                each.collect::<Option<Vec<_>>>()
            };
            Answer::Rows(rows.iter().map(row).collect::<Option<_>>()?)
        }
    })
}

/// A photo by its names.
pub(crate) fn photo_view(photo: &Photo) -> PhotoView {
    PhotoView {
        full: photo.full.to_string(),
        preview: photo.preview.to_string(),
    }
}

/// The core's photo; `None` when the texts name none.
pub(crate) fn photo(view: &PhotoView) -> Option<Photo> {
    Some(Photo {
        full: view.full.parse().ok()?,
        preview: view.preview.parse().ok()?,
    })
}

/// The API's value.
pub(crate) fn answer_value(answer: &Answer) -> AnswerValue {
    match answer {
        Answer::Text(text) => AnswerValue::Text(text.clone()),
        Answer::Number(millionths) => AnswerValue::Number(decimal(*millionths)),
        Answer::Choices(chosen) => AnswerValue::Choices(chosen.clone()),
        Answer::Scale(step) => AnswerValue::Scale(*step),
        Answer::Date(days) => AnswerValue::Date(date(*days)),
        Answer::Photo(photo) => AnswerValue::Photo(photo_view(photo)),
        Answer::Sound(sound) => AnswerValue::Sound(sound.to_string()),
        Answer::Ranking(order) => AnswerValue::Ranking(order.clone()),
        Answer::Points(points) => AnswerValue::Points(points.clone()),
        Answer::Votes(votes) => {
            let each = votes.iter().map(|(id, vote)| (id.to_string(), *vote));
            AnswerValue::Votes(each.collect())
        }
        Answer::Time(_) => AnswerValue::Time(written(answer)),
        Answer::DateTime(at) => AnswerValue::DateTime(answers::date_time(*at)),
        Answer::Place(place) => AnswerValue::Place(place_view(place)),
        Answer::Acknowledged => AnswerValue::Acknowledged,
        Answer::Sealed(_) => AnswerValue::Sealed,
        Answer::Rows(rows) => {
            let row = |row: &Row| {
                let each = row.iter().map(|(id, answer)| AnswerTo {
                    question: form::question_id(*id),
                    value: answer_value(answer),
                });
                each.collect()
            };
            AnswerValue::Rows(rows.iter().map(row).collect())
        }
    }
}

/// Where something is sealed, every sealed question is shown so: which were answered nobody knows.
pub(crate) fn answer_views(
    answers: &[(QuestionId, Answer)],
    whole: Option<&Form>,
) -> Vec<AnswerTo> {
    let sealed = whole.and_then(Form::sealed);
    let sealed = sealed.map_or(&[][..], |sealed| sealed.questions.as_slice());
    let mut views = Vec::with_capacity(answers.len());
    let mut add = |id: QuestionId, value| {
        let question = form::question_id(id);
        views.push(AnswerTo { question, value });
    };
    for (id, answer) in answers {
        if is_list_of_media(*id, answer) {
            continue;
        }
        add(*id, answer_value(answer));
        if matches!(answer, Answer::Sealed(_)) {
            let others = sealed.iter().filter(|other| *other != id);
            others.for_each(|other| add(*other, AnswerValue::Sealed));
        }
    }
    views
}

/// A place as decimals.
pub(crate) fn place_view(place: &Place) -> PlaceView {
    let text = written(&Answer::Place(*place));
    let mut parts = text.split(' ').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    PlaceView {
        latitude: next(),
        longitude: next(),
        altitude: next(),
        accuracy: next(),
    }
}

/// A question of nothing but a kind: values are read and written the same whatever is asked.
fn bare(kind: QuestionKind) -> Question {
    Question {
        id: QuestionId::from_bytes([0; 8]),
        label: String::new(),
        hint: String::new(),
        required: false,
        kind,
        details: Details::default(),
    }
}

fn read(kind: &QuestionKind, text: &str) -> Option<Answer> {
    let text = majlis_formats::answer::ascii_digits(text);
    answers::answer(&bare(kind.clone()), &text)
}

fn written(answer: &Answer) -> String {
    answers::text(&bare(QuestionKind::Text), answer, Media::Kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_three_scripts() {
        for (text, value) in [
            ("12", 12_000_000),
            ("-0.5", -500_000),
            ("3,25", 3_250_000),
            ("٤٢", 42_000_000),
            ("۴۲٫۵", 42_500_000),
            ("1 000", 1_000_000_000),
            ("٤٬٠٠٠", 4_000_000_000),
            ("0.1234560", 123_456),
            ("\u{200f}7", 7_000_000),
            ("9223372036854", 9_223_372_036_854_000_000),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1.2.3",
            "one",
            "1e9",
            "0.1234567",
            "99999999999999",
            "1-2",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_write_back_to_what_they_were() {
        for millionths in [0, 1, -1, 10, 500_000, -2_500_000, 123_456_789, i64::MAX / 2] {
            assert_eq!(number(&decimal(millionths)), Some(millionths));
        }
        assert_eq!(decimal(-500_000), "-0.5");
    }

    #[test]
    fn every_day_from_year_1_to_9999_reads_back() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("٢٠٢٤-٠٢-٢٩"), Some(19_782));
        let mut day = -719_162;
        while day <= 2_932_896 {
            assert_eq!(days(&date(day)), Some(day));
            day += 97;
        }
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-1",
            "24-01-01",
            "0000-01-01",
            "2024-01-01-",
            "x",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
    }
}

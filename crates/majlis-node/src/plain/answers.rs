//! Answers of a consultation in the words of other programs' forms, and back: by names instead of ids,
//! options by what is stored of them, everything as canonical text.

use std::collections::BTreeMap;

use majlis_core::blob::{Blob, Photo};
use majlis_core::consultation::form::{DateTime, Place, is_list_of_media};
use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind};
use majlis_core::id::{QuestionId, StatementId};
use majlis_formats::answer::{Answers, Entry};

use crate::plain::sheet::{Names, option_name};
use crate::plain::value;

/// Digits of a degree after the point.
const DEGREES: u32 = 7;
/// Digits of a number after the point.
const MILLIONTHS: u32 = 6;
/// Digits of a metre after the point.
const METRES: u32 = 2;
const DAY: i64 = 86_400_000;

/// How photos and sounds are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Media<'e> {
    /// As they are kept, a photo with its small picture, so that they read back.
    Kept,
    /// By the name that each has as a file.
    Files(&'e Endings),
}

/// How a file of a photo ends: a node keeps all of them as this.
pub(crate) const PHOTO_ENDING: &str = "jpg";

/// How files of sounds end, for those that are on this device.
pub(crate) type Endings = BTreeMap<Blob, &'static str>;

/// Answers by their names.
pub(crate) fn named(
    form: &Form,
    names: &Names,
    answers: &[(QuestionId, Answer)],
    media: Media<'_>,
) -> Answers {
    let each = answers.iter().filter_map(|(id, answer)| {
        let path = names.path(*id)?.to_owned();
        let entry = match answer {
            // Of what sealed rows name it is not told here which row.
            Answer::Rows(_) if is_list_of_media(*id, answer) => return None,
            Answer::Rows(rows) => {
                let rows = rows.iter().map(|row| named(form, names, row, media));
                Entry::Repeat(rows.collect())
            }
            answer => {
                let question = form.questions.iter().find(|question| question.id == *id)?;
                Entry::Text(text(question, answer, media))
            }
        };
        Some((path, entry))
    });
    Answers(each.collect())
}

/// Answers from their names, in the form's order.
///
/// # Errors
/// The name of the first answer that is not of its question's kind, or has no question.
pub(crate) fn by_id(
    form: &Form,
    names: &Names,
    answers: &Answers,
) -> Result<Vec<(QuestionId, Answer)>, Unread> {
    read(form, names, answers, None)
}

/// An answer that is not of its question's kind, or of no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// The name it was given under.
    pub(crate) name: String,
    /// The question, if there is one.
    pub(crate) question: Option<QuestionId>,
}

fn read(
    form: &Form,
    names: &Names,
    answers: &Answers,
    repeat: Option<QuestionId>,
) -> Result<Vec<(QuestionId, Answer)>, Unread> {
    let mut out = Vec::new();
    for (path, entry) in &answers.0 {
        let unread = |question: Option<&Question>| Unread {
            name: path.clone(),
            question: question.map(|question| question.id),
        };
        let at = names.at(repeat, path).ok_or_else(|| unread(None))?;
        let question = form.questions.get(at).ok_or_else(|| unread(None))?;
        let answer = match entry {
            Entry::Text(text) if text.trim().is_empty() => continue,
            Entry::Text(text) => answer(question, text).ok_or_else(|| unread(Some(question)))?,
            Entry::Repeat(rows) if matches!(question.kind, QuestionKind::Repeat) => {
                let rows = rows.iter();
                let rows = rows.map(|row| read(form, names, row, Some(question.id)));
                let rows = rows.collect::<Result<Vec<_>, _>>()?;
                if rows.is_empty() {
                    continue;
                }
                Answer::Rows(rows)
            }
            Entry::Repeat(_) => return Err(unread(Some(question))),
        };
        out.push((at, (question.id, answer)));
    }
    out.sort_by_key(|(at, _)| *at);
    Ok(out.into_iter().map(|(_, answer)| answer).collect())
}

/// The canonical text of an answer.
pub(crate) fn text(question: &Question, answer: &Answer, media: Media<'_>) -> String {
    let of = |id: &u16| {
        let mut options = question.kind.options().iter();
        let option = options.find(|option| option.id == *id);
        option.map_or_else(|| id.to_string(), option_name)
    };
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Number(millionths) => value::decimal(*millionths),
        Answer::Choices(chosen) | Answer::Ranking(chosen) => {
            let chosen: Vec<String> = chosen.iter().map(of).collect();
            chosen.join(" ")
        }
        Answer::Points(points) => {
            let points = points.iter();
            let points = points.map(|(id, given)| format!("{}:{given}", of(id)));
            points.collect::<Vec<_>>().join(" ")
        }
        Answer::Votes(votes) => {
            let votes = votes.iter().map(|(id, vote)| format!("{id}:{vote}"));
            votes.collect::<Vec<_>>().join(" ")
        }
        Answer::Scale(step) => step.to_string(),
        Answer::Date(days) => value::date(*days),
        Answer::Photo(photo) => match media {
            Media::Kept => format!("{} {}", photo.full, photo.preview),
            Media::Files(_) => format!("{}.{PHOTO_ENDING}", photo.full),
        },
        Answer::Sound(sound) => {
            let ending = match media {
                Media::Kept => None,
                Media::Files(endings) => endings.get(sound),
            };
            ending.map_or_else(|| sound.to_string(), |ending| format!("{sound}.{ending}"))
        }
        Answer::Time(millis) => time(i64::from(*millis)),
        Answer::DateTime(at) => date_time(*at),
        Answer::Place(place) => {
            let each = [
                fixed(place.latitude.into(), DEGREES),
                fixed(place.longitude.into(), DEGREES),
                fixed(place.altitude.into(), METRES),
                fixed(place.accuracy.into(), METRES),
            ];
            each.join(" ")
        }
        Answer::Acknowledged => "OK".to_owned(),
        // What is in rows or sealed has no text here.
        Answer::Rows(_) | Answer::Sealed(_) => String::new(),
    }
}

/// An answer from its text; `None` when it is not of the question's kind.
pub(crate) fn answer(question: &Question, text: &str) -> Option<Answer> {
    let text = text.trim();
    Some(match &question.kind {
        QuestionKind::Text
        | QuestionKind::Barcode
        | QuestionKind::Calculate
        | QuestionKind::Hidden
        | QuestionKind::Metadata(_)
        | QuestionKind::Other(_) => Answer::Text(text.to_owned()),
        QuestionKind::Number { .. }
        | QuestionKind::WholeNumber { .. }
        | QuestionKind::Range { .. } => {
            // What is computed may have more digits than are kept.
            let nearest = || read_fixed(text, MILLIONTHS);
            Answer::Number(value::number(text).or_else(nearest)?)
        }
        // Of a single choice the name may have blanks in it.
        QuestionKind::SingleChoice(options) => Answer::Choices(vec![id(options, text)?]),
        QuestionKind::MultipleChoice { options, .. } => {
            let mut chosen = ids(options, text)?;
            chosen.sort_unstable();
            chosen.dedup();
            Answer::Choices(chosen)
        }
        QuestionKind::Ranking(options) => Answer::Ranking(ids(options, text)?),
        QuestionKind::Points { options, .. } => {
            let each = text.split_whitespace().map(|one| {
                let (name, given) = one.rsplit_once(':')?;
                let id = *ids(options, name)?.first()?;
                Some((id, given.parse().ok()?))
            });
            let mut points = each.collect::<Option<Vec<(u16, u32)>>>()?;
            points.retain(|(_, given)| *given > 0);
            points.sort_unstable();
            Answer::Points(points)
        }
        QuestionKind::Statements => {
            let each = text.split_whitespace().map(|one| {
                let (id, vote) = one.rsplit_once(':')?;
                Some((id.parse().ok()?, vote.parse().ok()?))
            });
            let mut votes = each.collect::<Option<Vec<(StatementId, i8)>>>()?;
            votes.sort_unstable();
            Answer::Votes(votes)
        }
        QuestionKind::Scale { .. } => {
            let number = value::number(text)?;
            let whole = (number % 1_000_000 == 0).then_some(number / 1_000_000)?;
            Answer::Scale(i16::try_from(whole).ok()?)
        }
        QuestionKind::Date => Answer::Date(value::days(text)?),
        QuestionKind::Photo => {
            let (full, preview) = text.split_once(' ')?;
            Answer::Photo(Photo {
                full: full.parse().ok()?,
                preview: preview.parse().ok()?,
            })
        }
        QuestionKind::Sound => Answer::Sound(text.parse().ok()?),
        QuestionKind::Time => Answer::Time(u32::try_from(millis(text)?).ok()?),
        QuestionKind::DateTime => Answer::DateTime(read_date_time(text)?),
        QuestionKind::Place => {
            let mut parts = text.split(' ').filter(|part| !part.is_empty());
            let mut part = |digits, or: i64| match parts.next() {
                None => Some(or),
                Some(text) => read_fixed(text, digits),
            };
            let (latitude, longitude) = (part(DEGREES, i64::MAX)?, part(DEGREES, i64::MAX)?);
            let (altitude, accuracy) = (part(METRES, 0)?, part(METRES, 0)?);
            Answer::Place(Place {
                latitude: i32::try_from(latitude).ok()?,
                longitude: i32::try_from(longitude).ok()?,
                altitude: i32::try_from(altitude).ok()?,
                accuracy: u32::try_from(accuracy).ok()?,
            })
        }
        QuestionKind::Acknowledge => match text {
            "OK" | "true" => Answer::Acknowledged,
            _ => return None,
        },
        QuestionKind::Group | QuestionKind::Repeat | QuestionKind::Note => return None,
    })
}

fn id(options: &[Choice], name: &str) -> Option<u16> {
    let option = options.iter().find(|option| option_name(option) == name);
    option.map(|option| option.id)
}

fn ids(options: &[Choice], text: &str) -> Option<Vec<u16>> {
    let each = text.split_whitespace();
    each.map(|name| id(options, name)).collect()
}

/// A whole number of the last of so many digits after the point.
fn fixed(number: i64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    let sign = if number < 0 { "-" } else { "" };
    let (whole, rest) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let width = usize::try_from(digits).unwrap_or(0);
    let rest = format!("{rest:0width$}");
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

/// The nearest to a decimal of so many digits after the point; halves go away from zero.
fn read_fixed(text: &str, digits: u32) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(rest) {
        return None;
    }
    let unit = 10_i64.pow(digits);
    let mut number = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut value = unit;
    for (at, digit) in rest.bytes().take(12).enumerate() {
        let digit = i64::from(digit - b'0');
        if u32::try_from(at).ok()? == digits {
            number = number.checked_add(i64::from(digit >= 5))?;
            break;
        }
        value /= 10;
        number = number.checked_add(digit.checked_mul(value)?)?;
    }
    number.checked_mul(sign)
}

fn time(millis: i64) -> String {
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    let mut out = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    if rest > 0 {
        out.push_str(&format!(".{rest:03}"));
    }
    out
}

fn millis(text: &str) -> Option<i64> {
    let time: jiff::civil::Time = text.parse().ok()?;
    let seconds =
        i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(seconds * 1_000 + i64::from(time.millisecond()))
}

/// A day and time in ISO 8601, with what the clock was ahead where that is known.
pub(crate) fn date_time(at: DateTime) -> String {
    let days = i32::try_from(at.millis.div_euclid(DAY)).unwrap_or_default();
    let mut out = format!("{}T{}", value::date(days), time(at.millis.rem_euclid(DAY)));
    match at.ahead {
        None => {}
        Some(0) => out.push('Z'),
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            out.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
    }
    out
}

fn read_date_time(text: &str) -> Option<DateTime> {
    let (day, rest) = text.split_once(['T', ' '])?;
    let (clock, ahead) = if let Some(clock) = rest.strip_suffix('Z') {
        (clock, Some(0))
    } else if let Some(at) = rest.rfind(['+', '-']) {
        let (clock, offset) = rest.split_at_checked(at)?;
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let minutes = hours.parse::<i16>().ok()?.checked_mul(60)? + minutes.parse::<i16>().ok()?;
        let behind = offset.starts_with('-');
        (clock, Some(if behind { -minutes } else { minutes }))
    } else {
        (rest, None)
    };
    let days = i64::from(value::days(day)?);
    Some(DateTime {
        millis: days * DAY + millis(clock)?,
        ahead,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_every_kind_are_read_as_they_are_written() {
        let option = |id, name: &str| {
            let mut option = Choice {
                id,
                label: name.to_owned(),
                details: Default::default(),
            };
            name.clone_into(&mut option.details.name);
            option
        };
        let options = vec![option(1, "well"), option(2, "school")];
        let place = Place {
            latitude: 155_527_701,
            longitude: -484_830_000,
            altitude: -1,
            accuracy: 480,
        };
        let at = |millis, ahead| Answer::DateTime(DateTime { millis, ahead });
        for (kind, answer, text_of) in [
            (QuestionKind::Time, Answer::Time(21_900_005), "06:05:00.005"),
            (
                QuestionKind::DateTime,
                at(-1, None),
                "1969-12-31T23:59:59.999",
            ),
            (
                QuestionKind::DateTime,
                at(0, Some(-210)),
                "1970-01-01T00:00:00-03:30",
            ),
            (
                QuestionKind::DateTime,
                at(0, Some(0)),
                "1970-01-01T00:00:00Z",
            ),
            (
                QuestionKind::Place,
                Answer::Place(place),
                "15.5527701 -48.483 -0.01 4.8",
            ),
            (QuestionKind::Acknowledge, Answer::Acknowledged, "OK"),
            (
                QuestionKind::Ranking(options),
                Answer::Ranking(vec![2, 1]),
                "school well",
            ),
            (
                QuestionKind::SingleChoice(vec![option(1, "well"), option(2, "old school")]),
                Answer::Choices(vec![2]),
                "old school",
            ),
            (QuestionKind::Calculate, Answer::Text("7".into()), "7"),
        ] {
            let question = Question {
                id: QuestionId::from_bytes([1; 8]),
                label: String::new(),
                hint: String::new(),
                required: false,
                kind,
                details: Default::default(),
            };
            assert_eq!(text(&question, &answer, Media::Kept), text_of);
            assert_eq!(super::answer(&question, text_of), Some(answer));
        }
    }

    #[test]
    fn what_is_computed_is_rounded_to_what_is_kept() {
        let (min, max) = (None, None);
        let question = Question {
            id: QuestionId::from_bytes([1; 8]),
            label: String::new(),
            hint: String::new(),
            required: false,
            kind: QuestionKind::Number { min, max },
            details: Default::default(),
        };
        let number = |text| answer(&question, text);
        assert_eq!(
            number("0.6666666666666666666666666667"),
            Some(Answer::Number(666_667))
        );
        assert_eq!(number("-0.0000005"), Some(Answer::Number(-1)));
        assert_eq!(number("Infinity"), None);
    }

    #[test]
    fn places_are_rounded_to_what_is_kept() {
        assert_eq!(read_fixed("15.55277005", DEGREES), Some(155_527_701));
        assert_eq!(read_fixed("-0.00000004", DEGREES), Some(0));
        assert_eq!(read_fixed("4.805", METRES), Some(481));
        assert_eq!(read_fixed("1e3", METRES), None);
        assert_eq!(read_fixed("", METRES), None);
    }
}

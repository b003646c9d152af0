//! Numbers as offices write them: with digits of any of the three scripts, with or without marks between
//! thousands, a point or a comma before the decimals. Not here: tables of them (`plain::census`).

/// The most digits before the decimals.
const MOST_WHOLE: usize = 10;
/// The most decimals that are kept.
const MOST_DECIMALS: usize = 6;

/// A number as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// Its digits in Latin script, with `.` and `,` as written, and `;` for the Arabic mark that is
    /// always before decimals.
    digits: String,
    /// Whether it is a number of a workbook, which has no marks between thousands.
    number: bool,
    /// Whether it is written as a share.
    share: bool,
}

/// What a point and a comma mean in a column, as far as its numbers show by themselves; nothing where
/// they contradict each other. Where none shows anything, both part thousands: people are counted whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    point: Option<Mark>,
    comma: Option<Mark>,
}

/// What a mark is before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Thousands,
    Decimals,
}

impl Default for Marks {
    fn default() -> Self {
        let thousands = Some(Mark::Thousands);
        Self {
            point: thousands,
            comma: thousands,
        }
    }
}

impl Marks {
    /// What they mean in a column of numbers.
    pub(crate) fn of<'a>(column: &(impl Iterator<Item = &'a Figure> + Clone)) -> Self {
        let of = |mark: char| {
            let shown = || column.clone().filter_map(|figure| figure.shows(mark));
            let decimals = shown().any(|one| one == Mark::Decimals);
            let thousands = shown().any(|one| one == Mark::Thousands);
            match (decimals, thousands) {
                (true, true) => None,
                (true, false) => Some(Mark::Decimals),
                (false, _) => Some(Mark::Thousands),
            }
        };
        Self {
            point: of('.'),
            comma: of(','),
        }
    }
}

impl Figure {
    /// Reads a text; nothing for what is no number.
    pub(crate) fn read(text: &str, number: bool) -> Option<Self> {
        let bare = text.trim().trim_end_matches(['%', '\u{66a}']);
        let share = bare.len() < text.trim().len();
        let mut digits = String::new();
        for letter in bare.trim().chars() {
            match letter {
                '\u{660}'..='\u{669}' => digits.push(digit(letter, '\u{660}')?),
                '\u{6f0}'..='\u{6f9}' => digits.push(digit(letter, '\u{6f0}')?),
                '0'..='9' | '.' | ',' => digits.push(letter),
                '\u{66b}' => digits.push(';'),
                ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}' | '\u{66c}' => {}
                _ => return None,
            }
        }
        let any = digits.contains(|letter: char| letter.is_ascii_digit());
        any.then_some(Self {
            digits,
            number,
            share,
        })
    }

    /// The number as plain decimals, such as `51.5`, in a column in which marks mean this. Nothing
    /// where it may mean two things or nothing.
    pub(crate) fn decimal(&self, marks: Marks) -> Option<String> {
        let last = self.digits.rfind(['.', ',', ';']);
        let before = match last.and_then(|at| self.digits.get(at..)?.chars().next()) {
            None => None,
            Some(mark) => {
                let column = match mark {
                    '.' => marks.point,
                    ',' => marks.comma,
                    _ => None,
                };
                let meant = self.shows(mark).or(column)?;
                last.filter(|_| meant == Mark::Decimals)
            }
        };
        let (whole, decimals) = match before {
            Some(at) => (self.digits.get(..at)?, self.digits.get(at + 1..)?),
            None => (self.digits.as_str(), ""),
        };
        let mut groups = whole.split(['.', ',']);
        let first = groups.next()?;
        let rest: Vec<&str> = groups.collect();
        let parted = !rest.is_empty();
        if whole.contains(';')
            || rest.iter().any(|group| group.len() != 3)
            || (parted && !(1..=3).contains(&first.len()))
        {
            return None;
        }
        let whole = format!("{first}{}", rest.concat());
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        if whole.len() > MOST_WHOLE {
            return None;
        }
        let decimals: String = decimals.chars().take(MOST_DECIMALS).collect();
        Some(match decimals.trim_end_matches('0') {
            "" => whole.to_owned(),
            decimals => format!("{whole}.{decimals}"),
        })
    }

    /// What a mark means here, where the number shows it by itself.
    fn shows(&self, mark: char) -> Option<Mark> {
        let (before, after) = self.digits.split_once(mark)?;
        if self.number || mark == ';' {
            return (!after.contains(mark)).then_some(Mark::Decimals);
        }
        if after.contains(['.', ',', ';']) {
            return Some(Mark::Thousands);
        }
        let shown = before.contains(['.', ','])
            || after.len() != 3
            || before.is_empty()
            || before.starts_with('0')
            || before.len() > 3
            || self.share;
        shown.then_some(Mark::Decimals)
    }
}

fn digit(letter: char, zero: char) -> Option<char> {
    char::from_digit(u32::from(letter).checked_sub(u32::from(zero))?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of a column of texts.
    fn column(texts: &[&str]) -> Vec<Option<String>> {
        let figures: Vec<Figure> = texts
            .iter()
            .map(|text| Figure::read(text, false).unwrap())
            .collect();
        let marks = Marks::of(&figures.iter());
        figures.iter().map(|figure| figure.decimal(marks)).collect()
    }

    fn read(texts: &[&str]) -> Vec<String> {
        let read = column(texts).into_iter();
        read.map(|one| one.unwrap_or_else(|| "?".to_owned()))
            .collect()
    }

    #[test]
    fn a_column_says_what_its_marks_mean() {
        for (texts, expected) in [
            (["5100", "4 900"], ["5100", "4900"]),
            (["5.100", "4.900"], ["5100", "4900"]),
            (["5,100", "12.5"], ["5100", "12.5"]),
            (["51.250", "48.75"], ["51.25", "48.75"]),
            (["51,250 %", "48,750 %"], ["51.25", "48.75"]),
            (["0.125", "1.125"], ["0.125", "1.125"]),
            ([".125", "1.125"], ["0.125", "1.125"]),
            (["1,234.567", "1.125"], ["1234.567", "1.125"]),
            (["1.234,5", "1.125"], ["1234.5", "1125"]),
            (["1.234.567", "1.125"], ["1234567", "1125"]),
            (["1234.567", "1.125"], ["1234.567", "1.125"]),
            (["١٬٢٣٤٫٥", "٥١٫٢٥٠"], ["1234.5", "51.25"]),
            (["007", "0"], ["7", "0"]),
        ] {
            assert_eq!(read(&texts), expected, "{texts:?}");
        }
        // A column that contradicts itself: what may mean two things is not guessed.
        let mixed = ["1.234.567", "51.5", "1.125"];
        assert_eq!(read(&mixed), ["1234567", "51.5", "?"]);
        for wrong in ["1.23.456", "12345678901", "1,2,3.4", "1.2345.678"] {
            assert_eq!(read(&[wrong]), ["?"], "{wrong}");
        }
        for none in ["", "%", ".", "-5", "12 people", "1e9"] {
            assert_eq!(Figure::read(none, false), None, "{none}");
        }
    }

    #[test]
    fn a_number_of_a_workbook_has_no_thousands() {
        let of = |text: &str| Figure::read(text, true).unwrap();
        let figures = ["1.125", "51.25", "5100"].map(of);
        let marks = Marks::of(&figures.iter());
        let read = figures.map(|figure| figure.decimal(marks).unwrap());
        assert_eq!(read, ["1.125", "51.25", "5100"]);
        // More decimals than anybody types are cut off.
        assert_eq!(of("0.333333333333333").decimal(marks).unwrap(), "0.333333");
    }
}

//! One spelling for search: letters that people write in several ways become one, in Arabic and
//! Latin script, before indexing and before asking. Not here: the index (the store), collation.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The most words of a query that are looked for.
pub const MAX_TERMS: usize = 16;
/// The longest word, in characters; what is longer is cut, in texts and queries alike.
const MAX_WORD: usize = 64;

/// The text in its search spelling: words of lower-case letters and digits with one space between.
///
/// Arabic: vowel signs and tatweel go; آ أ إ ٱ are ا, ى and ی are ي, ؤ is و, ئ is ي, ة is ه, ک is ك;
/// presentation forms are their letters. Arabic-Indic and Persian digits are 0 to 9. Latin: accents
/// go, œ is oe. Everything else that is no letter or digit separates words. Folding twice changes
/// nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in words(text) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.letters.iter().map(|letter| letter.folded));
    }
    out
}

/// The text as an index holds it: folded, and behind a word that carries an article the word
/// without it, so that the road is found as a road.
#[must_use]
pub fn indexed(text: &str) -> String {
    let forms: Vec<String> = words(text).flat_map(|word| word.forms()).collect();
    forms.join(" ")
}

/// The words to look for, folded; of each the forms one of which is to be found at the beginning
/// of an indexed word.
#[must_use]
pub fn terms(query: &str) -> Vec<Vec<String>> {
    let words = words(query).take(MAX_TERMS);
    words.map(|word| word.forms()).collect()
}

/// A piece of a text around what was found, in its original spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// What stands before.
    pub before: String,
    /// What was found.
    pub matched: String,
    /// What stands after.
    pub after: String,
}

/// The first place where any of `terms` begins a word, with up to `around` characters on each side.
/// Words that do not fit are left out whole, and an ellipsis stands for them.
#[must_use]
pub fn excerpt(text: &str, terms: &[Vec<String>], around: usize) -> Option<Excerpt> {
    let forms = || terms.iter().flatten();
    let (from, to) = words(text).find_map(|word| {
        let mut beginnings = word.beginnings().into_iter();
        beginnings.find_map(|at| forms().find_map(|form| word.reach(at, form)))
    })?;
    let before = near(text.get(..from)?.chars().rev(), around);
    Some(Excerpt {
        before: before.into_iter().rev().collect(),
        matched: text.get(from..to)?.to_owned(),
        after: near(text.get(to..)?.chars(), around).into_iter().collect(),
    })
}

/// The first `around` characters, without the word that they would cut.
fn near(mut chars: impl Iterator<Item = char>, around: usize) -> Vec<char> {
    let mut kept: Vec<char> = chars.by_ref().take(around).collect();
    let Some(next) = chars.next() else {
        return kept;
    };
    if !next.is_whitespace() {
        let whole = kept.iter().rposition(|char| char.is_whitespace());
        kept.truncate(whole.map_or(0, |at| at.saturating_add(1)));
    }
    kept.push('…');
    kept
}

/// A folded letter and the bytes of the text that it stands for.
struct Letter {
    folded: char,
    from: usize,
    to: usize,
}

struct Word {
    letters: Vec<Letter>,
}

/// Articles, alone and with what is written together with them. Light stemming as in L. Larkey et
/// al., *Improving stemming for Arabic information retrieval* (SIGIR 2002), of the articles only.
const ARTICLES: [&str; 8] = ["ال", "وال", "فال", "بال", "كال", "لل", "ولل", "فلل"];
/// What is left without the article has at least so many letters: الله and الى keep theirs.
const BARE: usize = 3;

impl Word {
    /// Where the word may be said to begin: at its first letter, and behind an article.
    fn beginnings(&self) -> Vec<usize> {
        let letters = || self.letters.iter().map(|letter| letter.folded);
        let articles = ARTICLES.iter().filter_map(|article| {
            let length = article.chars().count();
            let left = self.letters.len().checked_sub(length)?;
            (left >= BARE && letters().take(length).eq(article.chars())).then_some(length)
        });
        core::iter::once(0).chain(articles).collect()
    }

    /// The folded word, from each of its beginnings.
    fn forms(&self) -> Vec<String> {
        let from = |at| self.letters.iter().skip(at).map(|letter| letter.folded);
        let beginnings = self.beginnings().into_iter();
        beginnings.map(|at| from(at).collect()).collect()
    }

    /// The bytes of the text that `form` stands for, when the word goes on like it from `at`.
    fn reach(&self, at: usize, form: &str) -> Option<(usize, usize)> {
        let letters = self.letters.get(at..)?;
        let length = form.chars().count();
        let (found, _) = letters.split_at_checked(length)?;
        let same = found.iter().map(|letter| letter.folded).eq(form.chars());
        let (first, last) = (found.first()?, found.last()?);
        same.then_some((first.from, last.to))
    }
}

fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    let mut chars = text.char_indices();
    core::iter::from_fn(move || {
        let mut letters: Vec<Letter> = Vec::new();
        for (from, char) in chars.by_ref() {
            let to = from.saturating_add(char.len_utf8());
            let mut ends = false;
            for part in core::iter::once(char).nfkd() {
                match letter(part) {
                    Part::Dropped => {}
                    Part::Separator => ends = true,
                    Part::Letters(folded) => {
                        if letters.len() < MAX_WORD {
                            letters.extend(folded.map(|folded| Letter { folded, from, to }));
                        }
                    }
                }
            }
            // Signs that go belong to the letter before them.
            if let Some(last) = letters.last_mut().filter(|_| !ends) {
                last.to = to;
            }
            if ends && !letters.is_empty() {
                break;
            }
        }
        (!letters.is_empty()).then_some(Word { letters })
    })
}

enum Part<I> {
    Dropped,
    Separator,
    Letters(I),
}

fn letter(char: char) -> Part<impl Iterator<Item = char>> {
    if is_combining_mark(char) || is_dropped(char) {
        return Part::Dropped;
    }
    if !char.is_alphanumeric() {
        return Part::Separator;
    }
    let two = match char {
        'œ' | 'Œ' => ('o', Some('e')),
        'æ' | 'Æ' => ('a', Some('e')),
        'ß' | 'ẞ' => ('s', Some('s')),
        'þ' | 'Þ' => ('t', Some('h')),
        other => (same(other), None),
    };
    let (first, second) = two;
    Part::Letters(
        core::iter::once(first)
            .chain(second)
            .flat_map(char::to_lowercase)
            .filter(|char| !is_combining_mark(*char)),
    )
}

/// Tatweel, and signs that say how to lay text out.
const fn is_dropped(char: char) -> bool {
    matches!(
        char,
        '\u{640}'
            | '\u{61c}'
            | '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
    )
}

fn same(char: char) -> char {
    match char {
        'آ' | 'أ' | 'إ' | 'ٱ' | 'ٲ' | 'ٳ' => 'ا',
        'ى' | 'ی' | 'ې' | 'ے' | 'ئ' => 'ي',
        'ؤ' => 'و',
        'ة' | 'ہ' | 'ۃ' | 'ھ' | 'ە' => 'ه',
        'ک' | 'ڪ' => 'ك',
        'ø' | 'Ø' => 'o',
        'ł' | 'Ł' => 'l',
        'đ' | 'Đ' | 'ð' | 'Ð' => 'd',
        'ı' => 'i',
        'ς' => 'σ',
        '٠'..='٩' => digit(char, '٠'),
        '۰'..='۹' => digit(char, '۰'),
        other => other,
    }
}

fn digit(char: char, zero: char) -> char {
    let value = u32::from(char).saturating_sub(u32::from(zero));
    char::from_digit(value, 10).unwrap_or(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_spellings_of_one_word_are_one() {
        for (text, folded) in [
            ("مُحَمَّد", "محمد"),
            ("محـــمد", "محمد"),
            ("إلى", "الي"),
            ("الى", "الي"),
            ("آبار أُخرى", "ابار اخري"),
            ("مدرسة", "مدرسه"),
            ("ٱلرَّحْمٰن", "الرحمن"),
            ("مسؤول", "مسوول"),
            ("شاطئ", "شاطي"),
            ("کتابی", "كتابي"),
            ("ﻻ", "لا"),
            ("ﷲ", "الله"),
            ("٢٠٢٦ و۱۴۰۵", "2026 و1405"),
            ("نعم، لا؟", "نعم لا"),
            ("\u{200f}ماء\u{200e}", "ماء"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn latin_loses_accents_and_case() {
        for (text, folded) in [
            ("École Élémentaire", "ecole elementaire"),
            ("cœur, naïf", "coeur naif"),
            ("L'eau à Fès", "l eau a fes"),
            ("Straße", "strasse"),
            ("ﬁn", "fin"),
            ("İstanbul", "istanbul"),
            ("e\u{301}te\u{301}", "ete"),
            ("Œuvre", "oeuvre"),
            ("A-1 (b)", "a 1 b"),
            ("", ""),
            ("\"*()^:-", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        let mut random = 7_u64;
        for _ in 0..300 {
            let text: String = (0..40)
                .filter_map(|_| {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    char::from_u32(u32::try_from(random >> 47).unwrap() % 0x1_1000)
                })
                .collect();
            let once = fold(&text);
            assert_eq!(fold(&once), once, "{text:?}");
        }
    }

    #[test]
    fn a_word_with_an_article_is_indexed_without_it_too() {
        assert_eq!(
            indexed("الطريق إلى المدرسة"),
            "الطريق طريق الي المدرسه مدرسه"
        );
        assert_eq!(indexed("وبالله والوالد"), "وبالله والوالد والد");
        assert_eq!(indexed("للمدرسة"), "للمدرسه مدرسه");
        assert_eq!(indexed("The road"), "the road");
        assert_eq!(terms("الطريق ماء"), [vec!["الطريق", "طريق"], vec!["ماء"]]);
        assert_eq!(
            terms("الط"),
            [["الط"]],
            "the beginning of a word that is being typed"
        );
    }

    #[test]
    fn an_excerpt_keeps_the_original_spelling() {
        let found = excerpt("نريد مَدْرَسَةً جديدة", &terms("مدرسه"), 100).unwrap();
        assert_eq!(found.before, "نريد ");
        assert_eq!(found.matched, "مَدْرَسَةً");
        assert_eq!(found.after, " جديدة");
        let found = excerpt("Une école à Fès", &terms("ecol"), 4).unwrap();
        assert_eq!(
            (found.before.as_str(), found.matched.as_str()),
            ("Une ", "écol")
        );
        assert_eq!(found.after, "e à …");
        let found = excerpt("Depuis la route d’en haut", &terms("route"), 6).unwrap();
        assert_eq!(
            (found.before.as_str(), found.after.as_str()),
            ("… la ", " d’en …")
        );
        let found = excerpt("صيانة للطُّرُق والطريق", &terms("الطريق"), 100).unwrap();
        assert_eq!(found.matched, "طريق");
        assert_eq!(excerpt("nothing", &terms("other"), 10), None);
        assert_eq!(excerpt("nothing", &terms(""), 10), None);
        assert_eq!(
            terms("a b c d e f g h i j k l m n o p q r s").len(),
            MAX_TERMS
        );
    }
}

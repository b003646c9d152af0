//! Themes that officers sorted answers under, as columns of an export. Not here: the report that they
//! make (`majlis_core::consultation::report`), and which answers count.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use majlis_core::consultation::report::Theme;
use majlis_core::id::SlotId;

/// The most themes that have a column; of more, those with the most answers.
const MOST: usize = 200;
/// The column with the words of all themes that an answer is behind.
pub(crate) const THEMES: &str = "themes";
/// What that means, in Arabic, French and English.
const THEMES_MEANS: [&str; 3] = [
    "المواضيع التي صنّف المسؤولون الجواب تحتها، يفصل بينها « | »",
    "les thèmes sous lesquels les agents ont classé la réponse, séparés par « | »",
    "the themes under which officers sorted the answer, with | between them",
];
/// What stands before the words of a theme in its column's meaning.
const THEME_MEANS: [&str; 3] = [
    "1 إذا صنّف المسؤولون الجواب تحت الموضوع: ",
    "1 si les agents ont classé la réponse sous le thème : ",
    "1 if officers sorted the answer under the theme: ",
];

/// Themes with a column each, those with the most answers first.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    themes: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// By the theme's id, so that it has the same name in every export.
    name: String,
    text: String,
    voices: BTreeSet<SlotId>,
}

impl Sorted {
    /// The columns of the themes of a report.
    pub(crate) fn of(themes: &[Theme<'_>]) -> Self {
        let each = themes.iter().map(|theme| Column {
            name: format!("theme_{}", theme.id),
            text: theme.text.to_owned(),
            voices: theme.voices.clone(),
        });
        let mut themes: Vec<Column> = each.collect();
        themes.sort_by(|a, b| (b.voices.len(), &a.name).cmp(&(a.voices.len(), &b.name)));
        themes.truncate(MOST);
        Self { themes }
    }

    /// The columns with what they mean, in Arabic, French and English; none without themes.
    pub(crate) fn columns(&self) -> Vec<(String, [String; 3])> {
        if self.themes.is_empty() {
            return Vec::new();
        }
        let all = (THEMES.to_owned(), THEMES_MEANS.map(str::to_owned));
        let each = self.themes.iter().map(|theme| {
            let means = THEME_MEANS.map(|means| format!("{means}{}", theme.text));
            (theme.name.clone(), means)
        });
        std::iter::once(all).chain(each).collect()
    }

    /// The cells of one voice's answer.
    pub(crate) fn of_voice(&self, slot: SlotId) -> Vec<(String, String)> {
        if self.themes.is_empty() {
            return Vec::new();
        }
        let behind = |theme: &&Column| theme.voices.contains(&slot);
        let words = self.themes.iter().filter(behind);
        let words: Vec<&str> = words.map(|theme| theme.text.as_str()).collect();
        let each = self.themes.iter().map(|theme| {
            let mark = u8::from(theme.voices.contains(&slot));
            (theme.name.clone(), mark.to_string())
        });
        std::iter::once((THEMES.to_owned(), words.join(" | ")))
            .chain(each)
            .collect()
    }

    /// A hash over all of it, so that an export says which sorting it is of.
    pub(crate) fn hash(&self) -> Option<String> {
        let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 exported themes v1");
        for theme in &self.themes {
            hasher.update(theme.name.as_bytes());
            for slot in &theme.voices {
                hasher.update(slot.as_bytes());
            }
        }
        let first = self.themes.first();
        first.map(|_| HEXLOWER.encode(hasher.finalize().as_bytes()))
    }
}

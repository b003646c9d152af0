//! The call that writes the answers of a consultation into files for other programs. Not here: what they
//! name beside their words (`media`).

mod media;

use std::collections::BTreeMap;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{LaneId, QuestionId, SlotId};
use majlis_formats::Logic;
use majlis_formats::export::{
    ExportError, Options, Provenance, Response, Written, dictionary, tables, write_csv,
    write_geojson, write_json, write_rows, write_xlsx,
};
use majlis_store::{CountedRow, name_new};
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use crate::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{Desk, DeskMail, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::node::parts::{EXPORTS, waiting};
use crate::plain::answers::Endings;
use crate::plain::export;
use crate::plain::logic::Ready;
use crate::plain::sealed::Reader;
use crate::plain::sheet::{Names, sheet};
use crate::plain::sorted::Sorted;
use crate::profile::disk_error;
use media::{endings, sounds_of};

/// Answers that are held at once.
const PAGE: usize = 2_000;
/// How often writing begins again when answers come meanwhile.
const TRIES: u32 = 3;
/// The ending of the file that says what the columns of a CSV file mean.
const DICTIONARY: &str = "dictionary.csv";
/// The ending of the file that says where a CSV file is from.
const PROVENANCE: &str = "provenance.csv";

/// The ending of the file of rows, by the number of the repeat. No name of the form stands in it: a
/// form may come from anybody.
fn rows_ending(number: usize) -> String {
    format!("rows-{number}.csv")
}

/// What is written.
struct Source {
    lane: LaneId,
    /// How many answers count.
    counted: u64,
    form: Form,
    /// Set for a form with conditions that mean something.
    ready: Option<Ready>,
    names: Names,
    themes: Sorted,
    provenance: Provenance,
    /// Whether some of its answers are sealed, and what reads them on a device that can.
    sealed: bool,
    reader: Option<Reader>,
    /// The box of each ballot that counts and lies in one; none where the form lists no boxes.
    boxes: Option<BTreeMap<SlotId, String>>,
}

impl Node {
    pub(super) async fn export_answers(
        &self,
        wanted: AnswersExport,
    ) -> Result<AnswersWritten, ApiError> {
        let lane = lane(&wanted.consultation)?;
        let space = crate::plain::id(&wanted.space, "space")?;
        let desk = self.desk(space)?;
        let folder = self.0.folder.join(EXPORTS);
        let path = wanted.path.map(PathBuf::from);
        let runtime = Handle::current();
        waiting(move || {
            if let Some(path) = &path {
                is_free(path, ending(wanted.format), &beside(wanted.format))?;
            }
            for _ in 0..TRIES {
                let source = runtime.block_on(desk.ask(move |desk| desk.export_source(lane)))?;
                let to = match path.clone() {
                    Some(path) => To::New(path),
                    None => To::Ours(folder.join(file_name(&source, ending(wanted.format)))),
                };
                match write(&source, wanted.format, &to, &desk, &runtime) {
                    Err(ExportError::Changed) => {}
                    done => return done.map_err(|error| failure(&error)),
                }
            }
            Err(failure(&ExportError::Changed))
        })
        .await
    }
}

/// Where files go.
enum To {
    /// A path that was given: nothing there is replaced.
    New(PathBuf),
    /// This device's own folder, where an export takes the place of the one before.
    Ours(PathBuf),
}

impl To {
    fn path(&self) -> &Path {
        let (Self::New(path) | Self::Ours(path)) = self;
        path
    }

    /// Gives a file that is whole its name.
    fn put(&self, file: NamedTempFile, path: &Path) -> Result<(), ExportError> {
        let put = match self {
            Self::New(_) => name_new(file.into_temp_path(), path),
            Self::Ours(_) => file.persist(path).map(drop).map_err(|error| error.error),
        };
        put.map_err(ExportError::from)
    }
}

/// Whether a path that was given may be written: a file of this kind that is not there, nor what is
/// written beside it. Nothing is replaced by a call, whoever makes it.
fn is_free(path: &Path, ending: &str, beside: &[String]) -> Result<(), ApiError> {
    let fits = path.extension().is_some_and(|it| it == ending);
    let mut further = beside.iter().map(|ending| path.with_extension(ending));
    if !fits || path.exists() || further.any(|path| path.exists()) {
        return Err(crate::plain::bad("path").about(path.display().to_string()));
    }
    Ok(())
}

/// How files end that are written beside the one that is asked for.
fn beside(format: AnswersFormat) -> Vec<String> {
    match format {
        AnswersFormat::Csv => vec![DICTIONARY.to_owned(), PROVENANCE.to_owned(), rows_ending(1)],
        _ => Vec::new(),
    }
}

const fn ending(format: AnswersFormat) -> &'static str {
    match format {
        AnswersFormat::Xlsx => "xlsx",
        AnswersFormat::Csv => "csv",
        AnswersFormat::Json => "json",
        AnswersFormat::GeoJson => "geojson",
    }
}

fn failure(error: &ExportError) -> ApiError {
    match error {
        ExportError::Write(error) => disk_error(error),
        ExportError::Source(source) => source
            .downcast_ref::<ApiError>()
            .cloned()
            .unwrap_or_else(|| ApiError::new(ErrorCode::Internal, "reading answers")),
        error => ApiError::new(ErrorCode::Internal, error.to_string()),
    }
}

/// A name that every disk and card takes, and no other consultation's file has.
fn file_name(source: &Source, ending: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let words: String = source.form.title.chars().map(kept).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    let name = crate::ticket::cut(&words.join("-"), 60).to_owned();
    format!("{name}-{}.{ending}", source.lane.short())
}

/// An answer that counts, with all of what it says where that can be read.
type Read = (CountedRow, Option<Vec<(QuestionId, Answer)>>);

/// The answers that count, page by page from the desk, which does other things in between.
fn responses<'a>(
    source: &'a Source,
    desk: &'a DeskMail,
    runtime: &'a Handle,
) -> impl Iterator<Item = Result<Response, ApiError>> + 'a {
    let mut after = None;
    let pages = std::iter::from_fn(move || {
        let (lane, from) = (source.lane, after);
        let page = runtime.block_on(desk.ask(move |desk| desk.counted(lane, from)));
        let page = match page {
            Ok(page) => page,
            Err(error) => return Some(vec![Err(error)]),
        };
        after = Some(page.last()?.slot);
        let reader = source.reader.as_ref();
        let whole = |row: &CountedRow| reader?.whole(row.slot, &row.response.answers);
        let read = |row: CountedRow| {
            let whole = whole(&row);
            (row, whole)
        };
        let page: Vec<Read> = page.into_iter().map(read).collect();
        let sounds = page.iter().flat_map(sounds_of).collect();
        let endings = match endings(sounds, desk, runtime) {
            Ok(endings) => endings,
            Err(error) => return Some(vec![Err(error)]),
        };
        let each = page.iter();
        Some(
            each.map(|read| Ok(response(source, read, &endings)))
                .collect(),
        )
    });
    pages.flatten()
}

fn response(source: &Source, (row, whole): &Read, endings: &Endings) -> Response {
    let read = whole.is_some() || !source.sealed;
    let answers = whole.as_ref().unwrap_or(&row.response.answers);
    let mut response = export::response(&source.form, &source.names, row, answers, endings);
    response.attributes.extend(source.themes.of_voice(row.slot));
    if let Some(name) = source.boxes.as_ref().and_then(|all| all.get(&row.slot)) {
        let column = export::BOX.to_owned();
        response.attributes.insert(column, name.clone());
    }
    if source.sealed {
        let sealed = u8::from(!read).to_string();
        let name = export::SEALED.to_owned();
        response.attributes.insert(name, sealed);
    }
    // Of what cannot be read nobody can say whether it breaks a condition.
    if let Some(ready) = source.ready.as_ref().filter(|_| read) {
        let breaks = ready.breaks(answers, row.claimed);
        let breaks = u8::from(breaks).to_string();
        response
            .attributes
            .insert(export::BREAKS.to_owned(), breaks);
    }
    response
}

fn write(
    source: &Source,
    format: AnswersFormat,
    to: &To,
    desk: &DeskMail,
    runtime: &Handle,
) -> Result<AnswersWritten, ExportError> {
    let form = sheet(&source.form, &source.provenance.form_id);
    let logic = Logic::new(&form).map_err(|_| ExportError::NoSuchTable)?;
    let own = |name: &str, means: [&str; 3]| (name.to_owned(), means.map(str::to_owned));
    let mut further = vec![own(export::GIVEN, export::GIVEN_MEANS)];
    if source.boxes.is_some() {
        further.push(own(export::BOX, export::BOX_MEANS));
    }
    if source.ready.is_some() {
        further.push(own(export::BREAKS, export::BREAKS_MEANS));
    }
    if source.sealed {
        further.push(own(export::SEALED, export::SEALED_MEANS));
    }
    further.extend(source.themes.columns());
    let options = Options {
        attributes: further.iter().map(|(name, _)| name.clone()).collect(),
        meanings: further.into_iter().collect(),
        labels: form.languages.iter().map(|one| one.name.clone()).collect(),
        right_to_left: is_right_to_left(&source.form.title),
        ..Options::default()
    };
    let all = || responses(source, desk, runtime);
    let path = to.path();
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    // Half a file is none: all get their names when they are whole, and are gone otherwise.
    let part = || NamedTempFile::new_in(folder);
    let first = part()?;
    let provenance = &source.provenance;
    let out = BufWriter::new(first.as_file());
    let mut further = Vec::new();
    let written: Written = match format {
        AnswersFormat::Xlsx => write_xlsx(&logic, &options, provenance, all, out)?,
        AnswersFormat::Json => write_json(&logic, &options, provenance, all(), out)?,
        AnswersFormat::GeoJson => write_geojson(&logic, &options, provenance, all(), out)?,
        AnswersFormat::Csv => {
            let all_tables = tables(&logic, &options);
            let (table, rows) = all_tables.split_first().ok_or(ExportError::NoSuchTable)?;
            let meaning = part()?;
            let meant = dictionary(&logic, &options).rows();
            write_rows(&meant, BufWriter::new(meaning.as_file()))?;
            further.push((DICTIONARY.to_owned(), meaning));
            let mut written = write_csv(&logic, &options, table, all(), out)?;
            for (number, table) in (1..).zip(rows) {
                let file = part()?;
                let out = BufWriter::new(file.as_file());
                let again = write_csv(&logic, &options, table, all(), out)?;
                if again.responses != written.responses {
                    return Err(ExportError::Changed);
                }
                written.rows.extend(again.rows);
                further.push((rows_ending(number), file));
            }
            let from = part()?;
            let said = provenance.rows(&written).into_iter();
            let said: Vec<_> = said.map(|(name, value)| vec![name, value]).collect();
            write_rows(&said, BufWriter::new(from.as_file()))?;
            further.insert(1, (PROVENANCE.to_owned(), from));
            written
        }
    };
    // The same form and the same count as before: what was written is what the hash in it says.
    let lane = source.lane;
    let now = runtime.block_on(desk.ask(move |desk| desk.export_source(lane)));
    let now = now.map_err(|error| ExportError::Source(error.into()))?;
    if now.provenance.source != source.provenance.source || now.counted != written.responses {
        return Err(ExportError::Changed);
    }
    let mut paths = vec![path.to_path_buf()];
    to.put(first, path)?;
    for (ending, file) in further {
        let path = path.with_extension(ending);
        to.put(file, &path)?;
        paths.push(path);
    }
    let mut bytes = 0;
    for path in &paths {
        bytes += fs::metadata(path)?.len();
    }
    Ok(AnswersWritten {
        paths: paths
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        answers: written.responses,
        bytes,
    })
}

/// Whether a text begins with Arabic letters.
fn is_right_to_left(text: &str) -> bool {
    let letter = text.chars().find(|c| c.is_alphabetic());
    letter.is_some_and(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}'))
}

impl Desk {
    fn export_source(&mut self, lane: LaneId) -> Result<Source, ApiError> {
        let row = self.process(lane)?;
        self.shown(&row)?;
        let closed = row.is_closed();
        let counted = row.counted.own.saturating_add(row.counted.assisted);
        let opening = row.opening.ok_or_else(not_open)?;
        let results = self.store.results(self.id(), lane);
        let results = results.map_err(|error| store_error(&error))?;
        let by = self.space.roster().name(self.space.me());
        let by = by.unwrap_or_default().to_owned();
        let space = self.space.roster().genesis();
        let space = space
            .map(|genesis| genesis.name.clone())
            .unwrap_or_default();
        let mut named = vec![
            ("space", space),
            ("space_id", self.id().to_string()),
            ("consultation_id", lane.to_string()),
            ("form_id", opening.form_id.to_string()),
            ("phase", if closed { "closed" } else { "open" }.to_owned()),
        ];
        named.extend(results.map(|results| ("result", HEXLOWER.encode(&results.hash()))));
        let said = self.proceedings(lane)?;
        let themes = Sorted::of(&self.themes_of(lane, opening.form_id, &said)?.themes);
        named.extend(themes.hash().map(|hash| ("themes", hash)));
        let again = self.checked_in_all(lane)?;
        named.extend(again.into_iter().flat_map(|again| {
            [
                ("asked_again_drawn", again.drawn),
                ("asked_again", again.asked),
                ("asked_again_in_vain", again.not_asked),
                ("asked_again_answers_same", again.same),
                ("asked_again_answers_other", again.other),
            ]
            .map(|(name, count)| (name, count.to_string()))
        }));
        let source = named.into_iter();
        let id = opening.form_id.to_string();
        let provenance = Provenance {
            title: opening.form.title.clone(),
            form_id: id.clone(),
            form_version: id.chars().take(8).collect(),
            exported_at: export::moment(clock::now().0),
            exported_by: by,
            licence: String::new(),
            source: source
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        };
        let reader = self.reader(lane, &opening)?;
        let newer = opening.form.has_conditions();
        let ready = newer.then(|| self.ready(opening.form_id, &opening.form).ok());
        let ready = ready.flatten();
        let boxes = self.box_of_each(lane, &opening.form)?;
        Ok(Source {
            lane,
            counted,
            names: Names::of(&opening.form),
            themes,
            ready,
            sealed: opening.form.sealed().is_some(),
            reader,
            boxes,
            form: opening.form,
            provenance,
        })
    }

    fn counted(
        &mut self,
        lane: LaneId,
        after: Option<SlotId>,
    ) -> Result<Vec<CountedRow>, ApiError> {
        let page = self.store.counted(self.id(), lane, after, PAGE);
        page.map_err(|error| store_error(&error))
    }
}

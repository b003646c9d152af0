//! The call that writes the answers of a consultation into files for other programs.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use majlis_core::consultation::Form;
use majlis_core::id::LaneId;
use majlis_formats::Logic;
use majlis_formats::export::{
    ExportError, Options, Provenance, Response, Written, dictionary, tables, write_csv, write_json,
    write_rows, write_xlsx,
};
use tokio::runtime::Handle;

use crate::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{Desk, DeskMail, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::node::parts::{EXPORTS, waiting};
use crate::plain::export;
use crate::profile::disk_error;

/// Answers that are held at once.
const PAGE: usize = 2_000;
/// How often writing begins again when answers come meanwhile.
const TRIES: u32 = 3;

/// What is written.
struct Source {
    lane: LaneId,
    form: Form,
    provenance: Provenance,
}

impl Node {
    pub(super) async fn export_answers(
        &self,
        wanted: AnswersExport,
    ) -> Result<AnswersWritten, ApiError> {
        let lane = lane(&wanted.consultation)?;
        let space = crate::plain::id(&wanted.space, "space")?;
        let desk = self.desk(space)?;
        let source = desk.ask(move |desk| desk.export_source(lane)).await?;
        let folder = self.0.folder.join(EXPORTS);
        let path = wanted.path.map(PathBuf::from);
        let path =
            path.unwrap_or_else(|| folder.join(file_name(&source.form.title, wanted.format)));
        let runtime = Handle::current();
        waiting(move || {
            let source = Arc::new(source);
            for _ in 0..TRIES {
                let done = write(&source, wanted.format, &path, &desk, &runtime);
                match done {
                    Err(ExportError::Changed) => {}
                    done => return done.map_err(|error| failure(&error)),
                }
            }
            Err(failure(&ExportError::Changed))
        })
        .await
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

/// A name that every disk and card takes.
fn file_name(title: &str, format: AnswersFormat) -> String {
    let kept = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let words: String = title.chars().map(kept).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    let name = crate::ticket::cut(&words.join("-"), 60).to_owned();
    let name = if name.is_empty() { "answers" } else { &name };
    let ending = match format {
        AnswersFormat::Xlsx => "xlsx",
        AnswersFormat::Csv => "csv",
        AnswersFormat::Json => "json",
    };
    format!("{name}.{ending}")
}

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
        let each = page.into_iter();
        Some(
            each.map(|row| Ok(export::response(&source.form, &row)))
                .collect(),
        )
    });
    pages.flatten()
}

fn write(
    source: &Source,
    format: AnswersFormat,
    path: &Path,
    desk: &DeskMail,
    runtime: &Handle,
) -> Result<AnswersWritten, ExportError> {
    let form = export::form(&source.form, &source.provenance.form_id);
    let logic = Logic::new(&form).map_err(|_| ExportError::NoSuchTable)?;
    let options = Options {
        attributes: export::ATTRIBUTES.map(str::to_owned).to_vec(),
        labels: form.languages.iter().map(|one| one.name.clone()).collect(),
        right_to_left: is_right_to_left(&source.form.title),
        ..Options::default()
    };
    let all = || responses(source, desk, runtime);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Half a file is none: it gets its name when it is whole.
    let part = path.with_extension("part");
    let open = |path: &Path| File::create(path).map(BufWriter::new);
    let mut paths = vec![path.to_path_buf()];
    let provenance = &source.provenance;
    let written: Written = match format {
        AnswersFormat::Xlsx => write_xlsx(&logic, &options, provenance, all, open(&part)?)?,
        AnswersFormat::Json => write_json(&logic, &options, provenance, all(), open(&part)?)?,
        AnswersFormat::Csv => {
            let table = tables(&logic, &options);
            let table = table.first().ok_or(ExportError::NoSuchTable)?;
            let written = write_csv(&logic, &options, table, all(), open(&part)?)?;
            let meaning = path.with_extension("dictionary.csv");
            write_rows(&dictionary(&logic, &options).rows(), open(&meaning)?)?;
            paths.push(meaning);
            written
        }
    };
    let lane = source.lane;
    let held = runtime.block_on(desk.ask(move |desk| desk.counted_in_all(lane)));
    let held = held.map_err(|error| ExportError::Source(error.into()))?;
    if held != written.responses {
        fs::remove_file(&part)?;
        return Err(ExportError::Changed);
    }
    fs::rename(&part, path)?;
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
        let closed = row.is_closed();
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
            ("phase", if closed { "closed" } else { "open" }.to_owned()),
        ];
        named.extend(results.map(|results| ("result", HEXLOWER.encode(&results.hash()))));
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
        Ok(Source {
            lane,
            form: opening.form,
            provenance,
        })
    }

    fn counted(
        &mut self,
        lane: LaneId,
        after: Option<majlis_core::id::SlotId>,
    ) -> Result<Vec<majlis_store::CountedRow>, ApiError> {
        let page = self.store.counted(self.id(), lane, after, PAGE);
        page.map_err(|error| store_error(&error))
    }

    fn counted_in_all(&mut self, lane: LaneId) -> Result<u64, ApiError> {
        let counted = self.process(lane)?.counted;
        Ok(counted.own.saturating_add(counted.assisted))
    }
}

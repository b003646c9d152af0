//! `majlis consultation export`: answers as a file, with their photos and sounds beside it.

use std::path::Path;

use anyhow::{Context as _, bail};
use majlis_node::api::Request;
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::process::ConsultationRef;

use crate::reach::Reach;
use crate::{Said, text};

pub(super) async fn export(
    reach: &Reach,
    at: ConsultationRef,
    to: &Path,
    media: Option<&Path>,
) -> anyhow::Result<Said> {
    let ending = to.extension().unwrap_or_default().to_string_lossy();
    let format = match ending.to_lowercase().as_str() {
        "xlsx" => AnswersFormat::Xlsx,
        "csv" => AnswersFormat::Csv,
        "json" => AnswersFormat::Json,
        "geojson" => AnswersFormat::GeoJson,
        "pb" | "blt" | "" => return super::outcome::export(reach, at, to).await,
        _ => bail!("the name of the file must end in .xlsx, .csv, .json, .geojson, .pb or .blt"),
    };
    let path = std::path::absolute(to)?;
    // A file of one's own is replaced, as programs do; the node replaces none.
    let mut olds = vec![path.clone()];
    if format == AnswersFormat::Csv {
        olds.push(path.with_extension("dictionary.csv"));
        olds.push(path.with_extension("provenance.csv"));
        // The rows of repeats, numbered without a gap.
        let rows = (1..).map(|number| path.with_extension(format!("rows-{number}.csv")));
        olds.extend(rows.take_while(|path| path.exists()));
    }
    for old in olds {
        match std::fs::remove_file(&old) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("replacing {}", old.display()));
            }
            _ => {}
        }
    }
    let wanted = AnswersExport {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        format,
        path: Some(path.display().to_string()),
    };
    let written: AnswersWritten = reach.call(Request::ExportAnswers(wanted)).await?;
    let text = format!(
        "{} in {} ({})",
        text::count(written.answers, "answer", "answers"),
        written.paths.join(" and "),
        text::size(written.bytes)
    );
    let Some(media) = media else {
        return Said::new(written, text);
    };
    let beside = super::beside::write(reach, &at, media).await?;
    let missing = match beside.missing {
        0 => String::new(),
        some => format!("; {some} not whole here, or sealed to others"),
    };
    let files = format!(
        "{} in {}{missing}",
        text::count(beside.written, "photo or sound", "photos and sounds"),
        media.display()
    );
    Said::new(
        serde_json::json!({
            "answers": written.answers,
            "paths": written.paths,
            "bytes": written.bytes,
            "media": beside.written,
            "media_missing": beside.missing,
        }),
        format!("{text}\n{files}"),
    )
}

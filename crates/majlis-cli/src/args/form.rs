//! What can be typed after `majlis form`.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum FormCommand {
    /// Reads an XLSForm (.xlsx, .xls or .ods) and says what to mend, by sheet, row and column.
    Check {
        /// The file; `-` is standard input.
        file: PathBuf,
    },
    /// Writes a form as another file, by the ending of its name: .xlsx (XLSForm), .xml (XForm, as
    /// ODK Collect takes it) or .json.
    Convert {
        /// The form: .xlsx, .xls or .ods; `-` is standard input.
        file: PathBuf,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Makes up responses that the form accepts, one JSON object a line; the same seed gives the same.
    Simulate {
        /// The form.
        file: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 10, value_name = "N")]
        responses: u64,
        /// The seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What the clock shows, for forms that ask for it.
        #[arg(
            long,
            default_value = "2026-01-01T08:00:00.000+00:00",
            value_name = "TIME"
        )]
        now: String,
    },
}

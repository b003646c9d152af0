//! What can be typed after `majlis requests`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum RequestsCommand {
    /// Asks that what this person said in a consultation be deleted.
    Ask {
        /// The consultation.
        consultation: String,
        /// Why; need not be said.
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Asks that what this person wrote in a document be deleted.
    AskDocument {
        /// The document: its id, the beginning of it, or its title.
        document: String,
        /// Which words, and why; need not be said.
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Says that a request is done.
    Done {
        /// The request, or the beginning of it.
        request: String,
        /// What was done.
        text: String,
    },
    /// Refuses a request.
    Refuse {
        /// The request, or the beginning of it.
        request: String,
        /// Why.
        text: String,
    },
}

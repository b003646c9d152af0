//! What can be typed after `majlis secret`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::InSpace;

/// A question about risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Risk {
    /// All five are answered by no.
    None,
    /// The result gives somebody power, an office, land or much money.
    Stakes,
    /// Somebody could be rewarded or punished for their vote.
    Pressure,
    /// A party, an authority or a company would want to change the votes, or to see them.
    Adversary,
    /// It would be hard to vote again if something goes wrong.
    Final,
    /// The voters are so few, or so much of one mind, that the totals tell who voted what.
    Small,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Opens a drafted poll with secret ballots. Everybody who may vote in the space now is on its roll;
    /// ballots can be cast once the trustees made the key.
    Open {
        /// The draft.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// Which of the five questions about risk are answered by yes: `none`, or some of them. With
        /// too much risk only a paper box is offered.
        #[arg(long, value_enum, required = true, value_delimiter = ',')]
        risk: Vec<Risk>,
        /// A member who makes the key with the others, by device or name; two to fifteen people.
        #[arg(long = "trustee", required = true, value_name = "MEMBER")]
        trustees: Vec<String>,
        /// How many trustees open the totals: more than half.
        #[arg(long)]
        threshold: u8,
        /// With fewer ballots nothing is opened.
        #[arg(long, default_value_t = 3)]
        minimum: u32,
    },
    /// How it stands: trustees, key, ballots by receipt.
    Show {
        /// The vote.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Agrees to keep a part of the key on this device, which then does its steps by itself.
    Keep {
        /// The vote.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Seals a ballot, shows its receipt, and casts it; or opens it for a test on another device.
    Cast {
        /// The vote.
        consultation: String,
        /// The choice: an option, several parted by `|`, or `option:points` parted by `|`.
        choice: String,
        #[command(flatten)]
        space: InSpace,
        /// Do not cast it: print what another device checks it by.
        #[arg(long)]
        test: bool,
    },
    /// Checks a ballot that another device opened for a test.
    Check {
        /// The vote.
        consultation: String,
        /// What that device printed, or a file with it.
        text: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Gives this device's part in opening the ballots that the closing names.
    Give {
        /// The vote.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// Where the closing leaves out ballots that are here: how many it counts and how many it leaves
        /// out, as `majlis secret show` says, for somebody who saw that.
        #[arg(long, num_args = 2, value_names = ["COUNTED", "UNNAMED"])]
        seen: Option<Vec<u32>>,
    },
    /// Writes everything published about a closed vote into a file.
    Transcript {
        /// The vote.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// The file.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Verifies such a file by two verifiers that share no code. Needs no replica.
    Verify {
        /// The file.
        file: PathBuf,
    },
}

//! Words and amounts on the command line.

use clap::ValueEnum;
use majlis_node::api::claims::ClaimKeep;
use majlis_node::api::me::Language;
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::members::RankName;
use majlis_node::api::network::Saving as SavingName;
use majlis_node::api::process::{AssistedModeName, StageName};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident => $target:ty { $($variant:ident => $value:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, ValueEnum)]
        pub(crate) enum $name { $(#[allow(missing_docs, reason = "named for its target")] $variant,)* }

        impl From<$name> for $target {
            fn from(name: $name) -> Self {
                match name { $($name::$variant => $value,)* }
            }
        }
    };
}

names!(
    /// A rank on the command line.
    Rank => RankName {
        Observer => RankName::Observer,
        Member => RankName::Member,
        Facilitator => RankName::Facilitator,
        Steward => RankName::Steward,
    }
);
names!(
    /// When data is saved, on the command line.
    Saving => SavingName {
        Automatic => SavingName::Automatic,
        Always => SavingName::Always,
        Never => SavingName::Never,
    }
);
names!(
    /// A way an assisted answer was given.
    Mode => AssistedModeName {
        Spoken => AssistedModeName::Spoken,
        Paper => AssistedModeName::Paper,
        Phone => AssistedModeName::Phone,
    }
);
names!(
    /// What stands once a slot is claimed.
    Keep => ClaimKeep {
        Entered => ClaimKeep::Entered,
        Own => ClaimKeep::Own,
        Nothing => ClaimKeep::Nothing,
    }
);
names!(
    /// Which photos and sounds.
    Media => MediaPolicyName {
        All => MediaPolicyName::All,
        Previews => MediaPolicyName::Previews,
        None => MediaPolicyName::Nothing,
    }
);
names!(
    /// A stage.
    Stage => StageName {
        Inform => StageName::Inform,
        Consult => StageName::Consult,
        Decide => StageName::Decide,
    }
);
names!(
    /// A language.
    Lang => Language {
        Ar => Language::Ar,
        Fr => Language::Fr,
        En => Language::En,
    }
);

/// A number of bytes, with `k`, `M` or `G` behind it for a thousand, a million or a thousand million.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit: u64 = match text.strip_prefix(digits).unwrap_or_default() {
        "" | "B" => 1,
        "k" | "K" | "kB" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        _ => return Err("a size is a number with k, M or G behind it".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "a size is a number with k, M or G behind it".to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "this size is too large".to_owned())
}

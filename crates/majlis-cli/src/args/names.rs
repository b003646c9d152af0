//! What a word on the command line means to the API.

use clap::ValueEnum;
use majlis_node::api::me::Language;
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::members::RankName;
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
    /// A way an assisted answer was given.
    Mode => AssistedModeName {
        Spoken => AssistedModeName::Spoken,
        Paper => AssistedModeName::Paper,
        Phone => AssistedModeName::Phone,
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
names!(
    /// Which photos and sounds.
    Media => MediaPolicyName {
        All => MediaPolicyName::All,
        Previews => MediaPolicyName::Previews,
        None => MediaPolicyName::Nothing,
    }
);

//! Kinds of items.

use serde::{Deserialize, Serialize};

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A group of items.
    Group,
    /// A group that may be answered several times.
    Repeat,
    /// Free text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A text that is only shown.
    Note,
    /// One choice of a list.
    SelectOne {
        /// The list.
        list: String,
        /// Whether "other" is offered with a text of its own.
        or_other: bool,
    },
    /// Any number of choices of a list.
    SelectMultiple {
        /// The list.
        list: String,
        /// Whether "other" is offered with a text of its own.
        or_other: bool,
    },
    /// All choices of a list, in an order.
    Rank {
        /// The list.
        list: String,
    },
    /// One choice, or several, of a list in a file beside the form.
    SelectFromFile {
        /// Whether several may be chosen.
        multiple: bool,
        /// The name of the file.
        file: String,
    },
    /// A number within bounds that the parameters say.
    Range,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and time.
    DateTime,
    /// A point on the earth.
    Geopoint,
    /// A line of points.
    Geotrace,
    /// A closed line of points.
    Geoshape,
    /// A picture.
    Image,
    /// A recording of sound.
    Audio,
    /// A recording of sound while other questions are answered.
    BackgroundAudio,
    /// A recording of pictures.
    Video,
    /// Any file.
    File,
    /// A code read by the camera.
    Barcode,
    /// A confirmation.
    Acknowledge,
    /// A value that is computed and not shown.
    Calculate,
    /// A value that is neither shown nor computed.
    Hidden,
    /// What the device knows by itself.
    Metadata {
        /// What.
        what: Metadata,
    },
    /// A type that is kept and not understood yet.
    Other {
        /// As written.
        written: String,
    },
}

/// What a device knows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metadata {
    /// When filling began.
    Start,
    /// When filling ended.
    End,
    /// The day it began.
    Today,
    /// The device.
    DeviceId,
    /// Who fills the form.
    Username,
    /// Their e-mail address.
    Email,
    /// Their telephone number.
    PhoneNumber,
    /// The telephone's card.
    SimSerial,
    /// The telephone's subscriber.
    SubscriberId,
}

impl Metadata {
    /// The type in a spreadsheet.
    #[must_use]
    pub fn written(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Today => "today",
            Self::DeviceId => "deviceid",
            Self::Username => "username",
            Self::Email => "email",
            Self::PhoneNumber => "phonenumber",
            Self::SimSerial => "simserial",
            Self::SubscriberId => "subscriberid",
        }
    }
}

/// Kinds of files that accompany a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A larger picture behind the first.
    BigImage,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
}

impl MediaKind {
    /// The column in a spreadsheet.
    #[must_use]
    pub fn written(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::BigImage => "big-image",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

/// How far a kind is carried by this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Asked, checked and exported.
    Full,
    /// Kept in the form; answers of other programs are carried as text.
    Kept,
}

impl Kind {
    /// How far this kind is carried.
    #[must_use]
    pub fn support(&self) -> Support {
        match self {
            Self::SelectFromFile { .. }
            | Self::Geotrace
            | Self::Geoshape
            | Self::File
            | Self::Video
            | Self::BackgroundAudio
            | Self::Other { .. } => Support::Kept,
            _ => Support::Full,
        }
    }

    /// Whether it holds other items.
    #[must_use]
    pub fn is_section(&self) -> bool {
        matches!(self, Self::Group | Self::Repeat)
    }

    /// Whether a person answers it, in a program that supports it.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !matches!(
            self,
            Self::Group
                | Self::Repeat
                | Self::Note
                | Self::Calculate
                | Self::Hidden
                | Self::Metadata { .. }
                | Self::BackgroundAudio
                | Self::Other { .. }
        )
    }

    /// Whether it appears on a screen.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.is_asked() || matches!(self, Self::Note | Self::Group | Self::Repeat)
    }

    /// Whether its answer is a file.
    #[must_use]
    pub fn is_media(&self) -> bool {
        matches!(
            self,
            Self::Image | Self::Audio | Self::Video | Self::File | Self::BackgroundAudio
        )
    }

    /// The list its choices come from.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        match self {
            Self::SelectOne { list, .. }
            | Self::SelectMultiple { list, .. }
            | Self::Rank { list } => Some(list),
            _ => None,
        }
    }

    /// The type as it is written in a spreadsheet.
    #[must_use]
    pub fn written(&self) -> String {
        let other = |or_other: &bool| if *or_other { " or_other" } else { "" };
        match self {
            Self::Group => "begin_group".to_owned(),
            Self::Repeat => "begin_repeat".to_owned(),
            Self::SelectOne { list, or_other } => format!("select_one {list}{}", other(or_other)),
            Self::SelectMultiple { list, or_other } => {
                format!("select_multiple {list}{}", other(or_other))
            }
            Self::Rank { list } => format!("rank {list}"),
            Self::SelectFromFile {
                multiple: false,
                file,
            } => format!("select_one_from_file {file}"),
            Self::SelectFromFile {
                multiple: true,
                file,
            } => format!("select_multiple_from_file {file}"),
            Self::Metadata { what } => what.written().to_owned(),
            Self::Other { written } => written.clone(),
            Self::Text => "text".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Decimal => "decimal".to_owned(),
            Self::Note => "note".to_owned(),
            Self::Range => "range".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Time => "time".to_owned(),
            Self::DateTime => "dateTime".to_owned(),
            Self::Geopoint => "geopoint".to_owned(),
            Self::Geotrace => "geotrace".to_owned(),
            Self::Geoshape => "geoshape".to_owned(),
            Self::Image => "image".to_owned(),
            Self::Audio => "audio".to_owned(),
            Self::BackgroundAudio => "background-audio".to_owned(),
            Self::Video => "video".to_owned(),
            Self::File => "file".to_owned(),
            Self::Barcode => "barcode".to_owned(),
            Self::Acknowledge => "acknowledge".to_owned(),
            Self::Calculate => "calculate".to_owned(),
            Self::Hidden => "hidden".to_owned(),
        }
    }
}

//! Who else is in a text, and telling them that this device's person is.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A page tells that its person is in the text of an editor, or is not any more. Others in the
/// same text see it for some seconds; nothing of it is stored. A page says it again within 30 seconds,
/// or is taken to be gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShowPresence {
    /// The editor.
    pub editor: u32,
    /// Whether they are in the text now, and it is on the screen.
    pub shown: bool,
    /// Where, when the caret is in the text.
    pub caret: Option<CaretAt>,
}

/// A caret, or a selection, in a version of a text. Places count UTF-16 units, a block's beginning
/// counting as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaretAt {
    /// The version.
    pub heads: Vec<String>,
    /// Where the selection began: before this unit.
    pub anchor: u32,
    /// Where the caret is: before this unit.
    pub head: u32,
}

/// Somebody else in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HereView {
    /// The device.
    pub device: String,
    /// Its person's name, as the members of the space know it.
    pub name: String,
    /// Where they are, as far as this device has the words around it.
    pub caret: Option<CaretView>,
}

/// A caret, or a selection, in the version that is told with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaretView {
    /// Where the selection began: before this unit.
    pub anchor: u32,
    /// Where the caret is: before this unit.
    pub head: u32,
}

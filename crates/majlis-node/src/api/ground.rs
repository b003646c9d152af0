//! Answers that are places, for a map.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::results::CategoryView;

/// Asking where answers are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroundAsked {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// A question that asks for a place, in rows too.
    pub question: String,
    /// A question whose answer gives each place its group: one with a single choice or a scale.
    #[serde(default)]
    pub by: Option<String>,
    /// Above 0 only how many lie together, and only where they are at least so many.
    #[serde(default)]
    pub least: u32,
}

/// Where answers are. Degrees are counted in ten-millionths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroundView {
    /// The groups, in the form's order; empty when none were asked for.
    pub groups: Vec<CategoryView>,
    /// The places, at most 20,000, in order of voice; none where only numbers are told.
    pub points: Vec<GroundPoint>,
    /// How many places there are in all.
    pub total: u32,
    /// Cells of a grid with how many places are in each; only where numbers are told.
    pub cells: Vec<GroundCell>,
    /// The side of a cell.
    pub side: u32,
    /// How many places are in no cell that is told.
    pub left_out: u32,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroundPoint {
    /// Whose answer it is in.
    pub slot: String,
    /// North.
    pub latitude: i32,
    /// East.
    pub longitude: i32,
    /// Its group, by its number in the list.
    pub group: Option<u16>,
}

/// A cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroundCell {
    /// Its southern edge.
    pub south: i32,
    /// Its western edge.
    pub west: i32,
    /// How many places.
    pub count: u32,
}

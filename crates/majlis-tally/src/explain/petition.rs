//! What a petition lacks: the fewest signatures that reach a step, and the areas to look for them.

use serde::Serialize;

use crate::petition::PetitionStanding;

/// Signatures that an area should still bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FromArea {
    /// The area.
    pub area: String,
    /// How many more.
    pub signatures: u64,
}

/// What a step lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepWhy {
    /// The step.
    pub name: String,
    /// Whether it is reached.
    pub reached: bool,
    /// Signatures missing to the number, wherever from.
    pub missing: u64,
    /// Areas that must still bring their part.
    pub areas_missing: u64,
    /// The areas that are nearest to their part, as many as are missing, and what each lacks.
    pub nearest_areas: Vec<FromArea>,
    /// The fewest further signatures with which number and spread are both reached: those of the
    /// nearest areas count for the number too. Absent where there are not enough areas.
    pub fewest: Option<u64>,
}

/// What each step lacks, in the order of the rule. A committee that is not complete is seen in the
/// standing itself.
#[must_use]
pub fn explain(standing: &PetitionStanding) -> Vec<StepWhy> {
    let steps = standing.steps.iter().map(|step| {
        let areas_missing = step.areas_required.saturating_sub(step.areas_reached);
        let mut lacking: Vec<FromArea> = step
            .areas
            .iter()
            .filter(|area| area.missing > 0)
            .map(|area| FromArea {
                area: area.area.clone(),
                signatures: area.missing,
            })
            .collect();
        // Stable: equals stay in the order of areas.
        lacking.sort_by_key(|area| area.signatures);
        let wanted = usize::try_from(areas_missing).unwrap_or(usize::MAX);
        let enough = lacking.len() >= wanted;
        lacking.truncate(wanted);
        let spread = lacking
            .iter()
            .fold(0_u64, |sum, area| sum.saturating_add(area.signatures));
        StepWhy {
            name: step.name.clone(),
            reached: step.reached,
            missing: step.missing,
            areas_missing,
            fewest: enough.then(|| spread.max(step.missing)),
            nearest_areas: lacking,
        }
    });
    steps.collect()
}

//! Rules of petitions in force somewhere, each with its source and when that was read. They are a
//! place to begin: the law of the day decides, and two offices under one law have published
//! different numbers, so a petition always cites the page it goes by.

use super::{Band, CommitteeRule, Distribution, PetitionRule, Step, Threshold};
use crate::ratio::Ratio;

const READ_ON: &str = "2026-11";

fn step(name: &str, signatures: u64, answer_days: Option<u32>) -> Step {
    Step {
        name: name.to_owned(),
        threshold: Threshold::Number { signatures },
        answer_days,
    }
}

fn rule(name: &str, source: &str, steps: Vec<Step>) -> PetitionRule {
    PetitionRule {
        name: name.to_owned(),
        source: source.to_owned(),
        read_on: READ_ON.to_owned(),
        steps,
        committee: None,
        distribution: None,
        window_days: None,
        least_age: None,
        text_fixed_at: None,
    }
}

/// All presets.
#[must_use]
pub fn presets() -> Vec<PetitionRule> {
    let uk = PetitionRule {
        // The creator and five sponsors, up to twenty.
        committee: Some(CommitteeRule {
            least: 6,
            most: Some(21),
            of_areas: None,
        }),
        // Six months, in days at their longest.
        window_days: Some(184),
        ..rule(
            "uk-parliament",
            "UK Parliament e-petitions, defaults of the published software",
            vec![
                step("response", 10_000, None),
                step("debate", 100_000, None),
            ],
        )
    };
    let taiwan = rule(
        "taiwan-join",
        "Taiwan, Public Policy Participation Network (join.gov.tw), rules of proposals",
        vec![step("ministry-reply", 5_000, Some(60))],
    );
    let national = rule(
        "morocco-national",
        "Morocco, organic law 44.14 on petitions to public authorities (2016), as first published; \
         later amendments not verified",
        vec![step("committee-measures", 5_000, Some(30))],
    );
    let motion = PetitionRule {
        committee: Some(CommitteeRule {
            least: 9,
            most: None,
            of_areas: Ratio::new(100, 3),
        }),
        ..rule(
            "morocco-legislative",
            "Morocco, organic law 64.14 on motions in matters of legislation (2016), as first \
             published; 15 days for admissibility, 60 for the substance",
            vec![step("substance", 25_000, Some(60))],
        )
    };
    let band = |below, signatures| Band { below, signatures };
    let regional = PetitionRule {
        distribution: Some(Distribution {
            percent: Ratio::from(5),
            of_areas: Ratio::from(100),
        }),
        ..rule(
            "morocco-regional",
            "Morocco, organic law 111.14 on regions (2015); two regional councils publish 600 \
             instead, so cite the page of the council",
            vec![Step {
                name: "agenda".to_owned(),
                threshold: Threshold::Population {
                    bands: vec![
                        band(Some(1_000_000), 300),
                        // One to three million, both included.
                        band(Some(3_000_001), 400),
                        band(None, 500),
                    ],
                },
                answer_days: None,
            }],
        )
    };
    let consul = PetitionRule {
        window_days: Some(365),
        least_age: Some(16),
        text_fixed_at: Some(1_000),
        ..rule(
            "consul",
            "CONSUL DEMOCRACY, defaults of the published software for citizen proposals",
            vec![step("vote", 10_000, None)],
        )
    };
    let community = PetitionRule {
        window_days: Some(30),
        ..rule(
            "community",
            "Majlis: for communities without a rule of their own",
            vec![Step {
                name: "answer".to_owned(),
                threshold: Threshold::Roll {
                    percent: Ratio::from(10),
                    at_most: Some(30),
                },
                answer_days: Some(15),
            }],
        )
    };
    vec![uk, taiwan, national, motion, regional, consul, community]
}

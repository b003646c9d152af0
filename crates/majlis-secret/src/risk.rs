//! Five questions to answer before a secret vote on devices is offered, and what follows from the
//! answers. The paper box comes first: no software keeps a neighbour from looking on. Not here: the
//! words of the questions, which belong to the interface; `docs/secret-ballots.md` has them.

/// The questions, in the order in which they are asked. Yes is always the answer of more risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskQuestion {
    /// Does the result give somebody power, an office, land or much money?
    Stakes,
    /// Could somebody be rewarded or punished for how they vote?
    Pressure,
    /// Would somebody with means (a party, an authority, a company) want to change or see votes?
    Adversary,
    /// Would it be hard to vote again if something goes wrong?
    Final,
    /// Are the voters so few, or so much of one mind, that totals tell who voted what?
    Small,
}

impl RiskQuestion {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Stakes,
        Self::Pressure,
        Self::Adversary,
        Self::Final,
        Self::Small,
    ];

    /// The name that interfaces and records know it by.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Stakes => "stakes",
            Self::Pressure => "pressure",
            Self::Adversary => "adversary",
            Self::Final => "final",
            Self::Small => "small",
        }
    }
}

/// What an organiser answered; `true` is yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five questions, each answered by yes or no"
)]
pub struct RiskAnswers {
    /// To [`RiskQuestion::Stakes`].
    pub stakes: bool,
    /// To [`RiskQuestion::Pressure`].
    pub pressure: bool,
    /// To [`RiskQuestion::Adversary`].
    pub adversary: bool,
    /// To [`RiskQuestion::Final`].
    pub final_: bool,
    /// To [`RiskQuestion::Small`].
    pub small: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// A paper box and signed minutes. The secret vote on devices is not offered as suitable.
    PaperOnly,
    /// A paper box is offered first; a secret vote on devices is possible, with its limits shown.
    PaperFirst,
}

/// Advice, and the answers that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// What to do.
    pub advice: Advice,
    /// Questions answered by yes, in the order of asking.
    pub because: Vec<RiskQuestion>,
}

impl RiskAnswers {
    const fn answer(&self, question: RiskQuestion) -> bool {
        match question {
            RiskQuestion::Stakes => self.stakes,
            RiskQuestion::Pressure => self.pressure,
            RiskQuestion::Adversary => self.adversary,
            RiskQuestion::Final => self.final_,
            RiskQuestion::Small => self.small,
        }
    }

    /// What to do, given these answers.
    ///
    /// Pressure, an adversary with means, and a group in which totals tell everything each leave
    /// paper only. So does a high stake that cannot be voted on again. Everything else is the
    /// lowest of the three levels of France's data-protection authority (CNIL, deliberation
    /// 2019-053), and the only one this crate claims.
    #[must_use]
    pub fn recommend(&self) -> Recommendation {
        let alone = self.pressure || self.adversary || self.small;
        let advice = if alone || (self.stakes && self.final_) {
            Advice::PaperOnly
        } else {
            Advice::PaperFirst
        };
        Recommendation {
            advice,
            because: RiskQuestion::ALL
                .into_iter()
                .filter(|question| self.answer(*question))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All 32 ways to answer.
    fn every_answer() -> impl Iterator<Item = RiskAnswers> {
        (0..32_u8).map(|bits| {
            let yes = |at: u8| bits & (1 << at) != 0;
            RiskAnswers {
                stakes: yes(0),
                pressure: yes(1),
                adversary: yes(2),
                final_: yes(3),
                small: yes(4),
            }
        })
    }

    #[test]
    fn paper_is_always_offered_and_one_more_yes_never_makes_it_less() {
        let mut possible = 0;
        for answers in every_answer() {
            let advised = answers.recommend();
            if advised.advice == Advice::PaperFirst {
                possible += 1;
                assert!(!answers.pressure && !answers.adversary && !answers.small);
                continue;
            }
            let worse = RiskAnswers {
                pressure: true,
                ..answers
            };
            assert_eq!(worse.recommend().advice, Advice::PaperOnly);
        }
        assert_eq!(possible, 3);
    }

    #[test]
    fn the_reasons_are_the_questions_answered_by_yes() {
        let answers = RiskAnswers {
            small: true,
            stakes: true,
            ..RiskAnswers::default()
        };
        let because = answers.recommend().because;
        assert_eq!(because, [RiskQuestion::Stakes, RiskQuestion::Small]);
    }
}

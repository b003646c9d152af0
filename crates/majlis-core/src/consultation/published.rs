//! Figures of questions whose answers only few can read, made to be told to everybody: how many gave
//! each answer, with small numbers left out, and others beside them until none of those can be worked
//! out. Not here: opening sealed answers (the node), tables of two questions (`cross`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::consultation::cross::{Category, categories};
use crate::consultation::form::{Answer, Form, Question, QuestionKind};
use crate::id::{QuestionId, SlotId};

/// Below this a number of voices is left out, unless somebody asks for more.
pub const LEAST: u64 = 5;

/// What is told of sealed questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Voices whose sealed answers were read.
    pub read: u64,
    /// Voices that count whose sealed answers could not be read or did not fit.
    pub unread: u64,
    /// Numbers above zero and below this are left out.
    pub least: u64,
    /// Each sealed question, in the order of the form.
    pub questions: Vec<PublishedQuestion>,
}

/// What is told of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedQuestion {
    /// The question.
    pub question: QuestionId,
    /// Voices that answered it; `None` where that is left out.
    pub answered: Option<u64>,
    /// Voices of each answer, where the question has answers to choose from.
    pub bars: Vec<Bar>,
}

/// How many gave one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// The answer.
    pub answer: BarAnswer,
    /// Voices; `None` where that is left out.
    pub voices: Option<u64>,
}

/// An answer that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BarAnswer {
    /// This option was chosen, or put first.
    Option(u16),
    /// This step of a scale.
    Step(i16),
}

/// Which answers figures are of: a digest over the voices that count, in order of slot, with what is
/// sealed of each. Figures of two sets, one subtracted from the other, would tell of the few between.
#[derive(Debug)]
pub struct Voices(blake3::Hasher);

impl Default for Voices {
    fn default() -> Self {
        Self(blake3::Hasher::new_derive_key(
            "majlis 2026 answers behind figures v1",
        ))
    }
}

impl Voices {
    /// Adds a voice, after all with smaller slots.
    pub fn add(&mut self, slot: SlotId, answers: &[(QuestionId, Answer)]) {
        self.0.update(slot.as_bytes());
        let mut pieces = answers.iter();
        let piece = pieces.find_map(|(_, answer)| match answer {
            Answer::Sealed(piece) => Some(piece.as_slice()),
            Answer::Text(_)
            | Answer::Number(_)
            | Answer::Choices(_)
            | Answer::Scale(_)
            | Answer::Date(_)
            | Answer::Photo(_)
            | Answer::Sound(_)
            | Answer::Ranking(_)
            | Answer::Points(_)
            | Answer::Votes(_)
            | Answer::Time(_)
            | Answer::DateTime(_)
            | Answer::Place(_)
            | Answer::Acknowledged
            | Answer::Rows(_) => None,
        });
        self.0
            .update(blake3::hash(piece.unwrap_or_default()).as_bytes());
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// Figures under way.
#[derive(Debug)]
pub struct Publishing {
    read: u64,
    unread: u64,
    questions: Vec<Counting>,
}

#[derive(Debug)]
struct Counting {
    question: QuestionId,
    /// Whether an expression may have decided who was asked, what could be chosen or what was said.
    by_others: bool,
    /// Whether each voice stands at one answer only.
    one_each: bool,
    answered: u64,
    bars: Vec<(BarAnswer, u64)>,
}

impl Publishing {
    /// Begins with no voice; the figures are of the form's sealed questions.
    #[must_use]
    pub fn new(form: &Form) -> Self {
        let sealed = form.questions.iter();
        let sealed = sealed.filter(|question| {
            let named = form.sealed().map(|sealed| sealed.questions.as_slice());
            named.unwrap_or_default().contains(&question.id)
        });
        let questions = sealed.map(|question| {
            let categories = categories(&question.kind).unwrap_or_default();
            let bars = categories.into_iter().filter_map(|one| match one {
                Category::Option(id) => Some((BarAnswer::Option(id), 0)),
                Category::Step(step) => Some((BarAnswer::Step(step), 0)),
                Category::Own | Category::Assisted | Category::Unanswered => None,
            });
            Counting {
                question: question.id,
                by_others: by_others(form, question),
                one_each: !matches!(question.kind, QuestionKind::MultipleChoice { .. }),
                answered: 0,
                bars: bars.collect(),
            }
        });
        Self {
            read: 0,
            unread: 0,
            questions: questions.collect(),
        }
    }

    /// Adds what one voice said to sealed questions; `None` when it cannot be read.
    pub fn add(&mut self, answers: Option<&[(QuestionId, Answer)]>) {
        let Some(answers) = answers else {
            self.unread = self.unread.saturating_add(1);
            return;
        };
        self.read = self.read.saturating_add(1);
        let given: BTreeMap<QuestionId, &Answer> =
            answers.iter().map(|(id, answer)| (*id, answer)).collect();
        for counting in &mut self.questions {
            let Some(answer) = given.get(&counting.question) else {
                continue;
            };
            counting.answered = counting.answered.saturating_add(1);
            let stands = |bar: BarAnswer| match (bar, answer) {
                (BarAnswer::Option(id), Answer::Choices(chosen)) => chosen.contains(&id),
                (BarAnswer::Option(id), Answer::Ranking(order)) => order.first() == Some(&id),
                (BarAnswer::Step(step), Answer::Scale(given)) => step == *given,
                _ => false,
            };
            for (bar, voices) in &mut counting.bars {
                if stands(*bar) {
                    *voices = voices.saturating_add(1);
                }
            }
        }
    }

    /// The figures to be told.
    ///
    /// Where every voice stands at one answer, the numbers add up to all that were read, so one gap
    /// could be filled by subtraction: the smallest numbers beside it go too, until there are two at
    /// least and `least` voices behind them. Where several answers may be chosen, a number also says
    /// how many did not choose it, and is left out when those are few. Where a question depends on
    /// others (who is asked it, what it offers, what it is worth) and a number of another one is left
    /// out, all of its numbers are: asked of those who gave one answer only, it would say how many
    /// they are. The limits of this are those of all such methods: who knows what others answered
    /// learns more.
    #[must_use]
    pub fn finish(self, least: u64) -> Published {
        let read = self.read;
        let (others, told): (Vec<bool>, Vec<PublishedQuestion>) = self
            .questions
            .into_iter()
            .map(|counting| (counting.by_others, counting.finish(read, least)))
            .unzip();
        let gaps: Vec<bool> = told.iter().map(PublishedQuestion::has_gap).collect();
        let questions = told.into_iter().zip(others).enumerate();
        let questions = questions.map(|(at, (told, by_others))| {
            let mut beside = gaps.iter().enumerate();
            let gap = beside.any(|(other, gap)| *gap && other != at);
            if by_others && gap {
                told.left_out()
            } else {
                told
            }
        });
        Published {
            read,
            unread: self.unread,
            least,
            questions: questions.collect(),
        }
    }
}

/// Whether what was answered before may decide who is asked a question, what it offers, or its value.
/// What an expression means is not worked out here, so any is enough.
fn by_others(form: &Form, question: &Question) -> bool {
    let mut at = Some(question);
    // A section stands before what is in it; a form of a peer may say otherwise.
    for _ in 0..=crate::consultation::form::MAX_DEPTH {
        let Some(one) = at else {
            return false;
        };
        let rules = &one.details.rules;
        let said = [
            &rules.relevant,
            &rules.calculation,
            &rules.default,
            &rules.choice_filter,
            &rules.repeat_count,
        ];
        if said.iter().any(|expression| !expression.trim().is_empty()) {
            return true;
        }
        let around = one.details.part_of;
        let mut all = form.questions.iter();
        at = around.and_then(|id| all.find(|other| other.id == id));
    }
    true
}

impl PublishedQuestion {
    fn has_gap(&self) -> bool {
        self.answered.is_none() || self.bars.iter().any(|bar| bar.voices.is_none())
    }

    /// The same with nothing told.
    fn left_out(mut self) -> Self {
        self.answered = None;
        for bar in &mut self.bars {
            bar.voices = None;
        }
        self
    }
}

impl Counting {
    fn finish(self, read: u64, least: u64) -> PublishedQuestion {
        let unanswered = read.saturating_sub(self.answered);
        let small = |number: u64| number > 0 && number < least;
        // The last place is that of those who did not answer.
        let mut numbers: Vec<u64> = self.bars.iter().map(|(_, voices)| *voices).collect();
        numbers.push(unanswered);
        let hidden = if read < least {
            vec![true; numbers.len()]
        } else if self.one_each && !self.bars.is_empty() {
            hidden_of_whole(&numbers, least)
        } else {
            let few = |number: u64| small(number) || small(read.saturating_sub(number));
            numbers.iter().map(|number| few(*number)).collect()
        };
        let shown = |at: usize, number: u64| {
            let gone = hidden.get(at).copied().unwrap_or(true);
            (!gone).then_some(number)
        };
        let bars = self
            .bars
            .iter()
            .enumerate()
            .map(|(at, (answer, voices))| Bar {
                answer: *answer,
                voices: shown(at, *voices),
            });
        PublishedQuestion {
            question: self.question,
            answered: shown(self.bars.len(), self.answered),
            bars: bars.collect(),
        }
    }
}

/// What goes of numbers that add up to a number everybody knows.
fn hidden_of_whole(numbers: &[u64], least: u64) -> Vec<bool> {
    let mut hidden: Vec<bool> = numbers
        .iter()
        .map(|number| *number > 0 && *number < least)
        .collect();
    if !hidden.contains(&true) {
        return hidden;
    }
    loop {
        let gone = numbers.iter().zip(&hidden).filter(|(_, gone)| **gone);
        let (count, sum) = gone.fold((0_usize, 0_u64), |(count, sum), (number, _)| {
            (count.saturating_add(1), sum.saturating_add(*number))
        });
        if count >= 2 && sum >= least {
            return hidden;
        }
        let beside = numbers.iter().enumerate().zip(&hidden);
        let beside = beside.filter(|(_, gone)| !**gone).map(|(at, _)| at);
        // A zero hides nobody, but hides as well as others when all are zero.
        let smallest = beside.min_by_key(|(at, number)| (**number == 0, **number, *at));
        let Some((at, _)) = smallest else {
            return hidden;
        };
        hidden
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|gone| *gone = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consultation::form::{Choice, Keeper, Question, SealedQuestions, Sealing};

    const HEALTH: QuestionId = QuestionId::from_bytes([1; 8]);

    fn form(kind: QuestionKind) -> Form {
        let question = Question {
            id: HEALTH,
            label: "Who was ill?".to_owned(),
            hint: String::new(),
            required: false,
            kind,
            details: Default::default(),
        };
        Form {
            questions: vec![question],
            sealing: Some(Box::new(Sealing::Answers(SealedQuestions {
                questions: vec![HEALTH],
                key: [1; 32],
                threshold: 1,
                keepers: vec![Keeper {
                    commitment: [2; 32],
                    devices: Vec::new(),
                }],
            }))),
            ..Form::empty()
        }
    }

    fn options() -> Vec<Choice> {
        let option = |id: u16| Choice {
            id,
            label: id.to_string(),
            details: Default::default(),
        };
        (1..=4).map(option).collect()
    }

    fn told(kind: QuestionKind, voices: &[(&[u16], u64)], least: u64) -> Vec<Option<u64>> {
        let mut publishing = Publishing::new(&form(kind));
        for (chosen, times) in voices {
            for _ in 0..*times {
                let answer = [(HEALTH, Answer::Choices(chosen.to_vec()))];
                publishing.add(Some(if chosen.is_empty() { &[] } else { &answer }));
            }
        }
        let published = publishing.finish(least);
        let question = &published.questions[0];
        let bars = question.bars.iter().map(|bar| bar.voices);
        bars.chain([question.answered]).collect()
    }

    #[test]
    fn numbers_that_are_large_enough_are_told() {
        let told = told(
            QuestionKind::SingleChoice(options()),
            &[(&[1], 12), (&[2], 5)],
            LEAST,
        );
        assert_eq!(told, [Some(12), Some(5), Some(0), Some(0), Some(17)]);
    }

    #[test]
    fn a_small_number_goes_and_what_would_give_it_away_goes_with_it() {
        let told = told(
            QuestionKind::SingleChoice(options()),
            &[(&[1], 12), (&[2], 2), (&[3], 7)],
            LEAST,
        );
        assert_eq!(told, [Some(12), None, None, Some(0), Some(21)]);
    }

    #[test]
    fn two_small_numbers_that_are_few_together_take_a_third() {
        let told = told(
            QuestionKind::SingleChoice(options()),
            &[(&[1], 12), (&[2], 1), (&[3], 1), (&[4], 6)],
            LEAST,
        );
        assert_eq!(told, [Some(12), None, None, None, Some(20)]);
    }

    #[test]
    fn the_few_who_did_not_answer_are_not_told_by_how_many_did() {
        let told = told(
            QuestionKind::SingleChoice(options()),
            &[(&[1], 12), (&[2], 6), (&[], 1)],
            LEAST,
        );
        assert_eq!(told, [Some(12), None, Some(0), Some(0), None]);
    }

    #[test]
    fn of_several_choices_also_the_few_who_did_not_choose_are_left_out() {
        let kind = QuestionKind::MultipleChoice {
            options: options(),
            most: 0,
        };
        let told = told(kind, &[(&[1, 2], 9), (&[1], 3)], LEAST);
        assert_eq!(told, [Some(12), None, Some(0), Some(0), Some(12)]);
    }

    #[test]
    fn of_too_few_voices_nothing_is_told_but_how_many_they_are() {
        let kind = QuestionKind::SingleChoice(options());
        assert_eq!(told(kind, &[(&[1], 4)], LEAST), [None; 5]);
    }

    /// Two questions: who was ill of what, and who treated those who say that they were.
    fn follow_up(relevant: &str, ill: &[(u16, u64)], treated: &[(u16, u64)]) -> Published {
        const TREATED: QuestionId = QuestionId::from_bytes([2; 8]);
        let mut form = form(QuestionKind::SingleChoice(options()));
        let mut second = form.questions[0].clone();
        second.id = TREATED;
        second.details.rules.relevant = relevant.to_owned();
        form.questions.push(second);
        if let Some(Sealing::Answers(sealed)) = form.sealing.as_deref_mut() {
            sealed.questions.push(TREATED);
        }
        let mut publishing = Publishing::new(&form);
        let mut left: Vec<u16> = treated
            .iter()
            .flat_map(|(id, times)| core::iter::repeat_n(*id, usize::try_from(*times).unwrap()))
            .collect();
        for (said, times) in ill {
            for _ in 0..*times {
                let mut answers = vec![(HEALTH, Answer::Choices(vec![*said]))];
                // Who was ill of the third thing is asked on.
                if *said == 3
                    && let Some(by) = left.pop()
                {
                    answers.push((TREATED, Answer::Choices(vec![by])));
                }
                publishing.add(Some(&answers));
            }
        }
        publishing.finish(LEAST)
    }

    #[test]
    fn how_many_were_asked_on_does_not_tell_a_number_that_is_left_out() {
        // Two gave the second answer, so the seven of the third go too. All seven were asked on.
        let ill = [(1, 12), (2, 2), (3, 7)];
        let told = follow_up("${q} = '3'", &ill, &[(1, 7)]);
        assert_eq!(told.questions[0].bars[2].voices, None);
        let on = &told.questions[1];
        assert_eq!(on.answered, None);
        assert!(on.bars.iter().all(|bar| bar.voices.is_none()), "{on:?}");
        // Asked of everybody, it is told as ever.
        let told = follow_up("", &ill, &[(1, 7)]);
        assert_eq!(told.questions[1].bars[0].voices, Some(7));
        // And where nothing is left out there is nothing to tell.
        let told = follow_up("${q} = '3'", &[(1, 12), (3, 7)], &[(1, 7)]);
        assert_eq!(told.questions[1].answered, Some(7));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let mut publishing = Publishing::new(&form(QuestionKind::Text));
        publishing.add(None);
        publishing.add(Some(&[(HEALTH, Answer::Text("Ana".to_owned()))]));
        let published = publishing.finish(0);
        assert_eq!((published.read, published.unread), (1, 1));
        assert_eq!(published.questions[0].answered, Some(1));
        assert!(published.questions[0].bars.is_empty());
    }
}

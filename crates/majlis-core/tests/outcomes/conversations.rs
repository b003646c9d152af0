//! Statements from anybody: hidden with a reason, shown next, and never counted twice.

use super::*;

pub(super) fn conversation() -> Form {
    let rule = ConversationRule {
        seeds: vec!["Water first".to_owned()],
        let_in: true,
        ..ConversationRule::default()
    };
    form(QuestionKind::Statements, Rule::Conversation(rule))
}

pub(super) fn said(form: FormId, text: &str) -> Statement {
    Statement {
        form,
        text: text.to_owned(),
        assisted: false,
        salt: [0; 8],
    }
}

fn step(form: FormId, kind: StepKind, about: StatementId, replaces: Vec<RecordId>) -> Record {
    Record::Step(Step {
        form,
        kind,
        about: Subject::Statement(about),
        text: "it names a neighbour".to_owned(),
        number: None,
        day: None,
        sources: Vec::new(),
        replaces,
        salt: [0; 8],
    })
}

#[test]
fn hidden_statements_stay_listed_and_move_nobody() {
    let asked = conversation();
    let mut log = Log::of(&asked);
    let form = log.form;
    let one = said(form, "A school first");
    let id = one.id();
    log.put(1, Record::Statement(one.clone()));
    // The same words by somebody else are the same statement.
    log.put(2, Record::Statement(one));
    let seed = majlis_core::record::step::statement_id(form, "Water first");
    let mut both = vec![(seed, 1), (id, -1)];
    both.sort_unstable();
    log.ballot(1, Answer::Votes(both));
    log.ballot(2, Answer::Votes(vec![(seed, 1)]));
    let standing = |log: &Log| {
        let (mut statements, mut steps) = (Vec::new(), Vec::new());
        for (from, records) in &log.entries {
            let placed = |said| majlis_core::consultation::statement::Placed {
                id: RecordId {
                    entry: from.entry,
                    index: 0,
                },
                device: from.device,
                seq: from.seq,
                said,
            };
            match &records.records[0] {
                Record::Statement(said) => statements.push(placed(said.clone())),
                Record::Step(said) => {
                    let placed = majlis_core::consultation::statement::Placed {
                        id: RecordId {
                            entry: from.entry,
                            index: 0,
                        },
                        device: from.device,
                        seq: from.seq,
                        said: said.clone(),
                    };
                    steps.push(placed);
                }
                _ => {}
            }
        }
        heard((form, &asked), &statements, (&steps, &[]), None)
    };
    let of = |log: &Log| {
        standing(log)
            .iter()
            .find(|one| one.id == id)
            .unwrap()
            .standing
    };
    assert_eq!(of(&log), Standing::Waiting);
    assert_eq!(standing(&log).len(), 2);
    let statements = |log: &Log| match log.count().outcome.counted {
        Outcome::Conversation(outcome) => outcome.statements,
        other => panic!("{other:?}"),
    };
    assert_eq!(statements(&log), 1);
    let let_in = log.put(0, step(form, StepKind::LetIn, id, Vec::new()));
    assert_eq!((of(&log), statements(&log)), (Standing::In, 2));
    // Made apart from letting it in: caution wins.
    let hidden = log.put(3, step(form, StepKind::Hidden, id, Vec::new()));
    assert_eq!((of(&log), statements(&log)), (Standing::Hidden, 1));
    log.put(0, step(form, StepKind::LetIn, id, vec![let_in, hidden]));
    assert_eq!((of(&log), statements(&log)), (Standing::In, 2));
    log.close();
    let before = log.count().outcome.hash();
    // What comes after the close changes nothing that was counted.
    log.put(3, step(form, StepKind::Hidden, id, Vec::new()));
    log.put(3, Record::Statement(said(form, "Something else")));
    assert_eq!(log.count().outcome.hash(), before);
}

#[test]
fn the_next_statement_is_one_not_seen_and_the_same_everywhere() {
    let mut asked = conversation();
    if let Rule::Conversation(rule) = &mut asked.activity.rule {
        rule.let_in = false;
        rule.seeds = (0..6).map(|number| format!("Statement {number}")).collect();
    }
    let form = asked.id();
    let Rule::Conversation(rule) = &asked.activity.rule else {
        panic!("a conversation");
    };
    let heard = heard((form, &asked), &[], (&[], &[]), None);
    let slot = majlis_core::consultation::count::own_slot(lane(), PersonId::from_bytes([7; 32]));
    let mut seen: Vec<(StatementId, i8)> = Vec::new();
    for _ in 0..6 {
        let mut count = majlis_core::consultation::outcome::Count::new(form, &asked, &heard);
        if !seen.is_empty() {
            seen.sort_unstable();
            count
                .add(slot, false, &[(ASKED, Answer::Votes(seen.clone()))])
                .unwrap();
        }
        let votes = count.votes().unwrap();
        let next = next_statement((form, rule), &votes, slot).unwrap();
        assert_eq!(next_statement((form, rule), &votes, slot), Some(next));
        assert!(seen.iter().all(|(id, _)| *id != next));
        seen.push((next, 1));
    }
}

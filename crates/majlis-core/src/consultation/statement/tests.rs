//! Statements that facilitators join while they are apart: no idea disappears from the vote.

use super::*;
use crate::consultation::activity::ConversationRule;
use crate::id::EntryHash;

const TEXTS: [&str; 4] = ["More lamps", "A second well", "A road", "A school"];

fn conversation() -> Form {
    let seeds = TEXTS.map(str::to_owned).to_vec();
    let rule = ConversationRule {
        seeds,
        ..ConversationRule::default()
    };
    let mut form = Form::empty();
    form.activity.rule = Rule::Conversation(rule);
    form
}

/// The statements of the conversation by rising id.
fn ids(form: &Form) -> Vec<StatementId> {
    let mut ids: Vec<_> = TEXTS
        .iter()
        .map(|text| statement_id(form.id(), text))
        .collect();
    ids.sort_unstable();
    ids
}

/// A step of one of many facilitators who are apart.
fn step(number: u8, kind: StepKind, about: StatementId, into: &[StatementId]) -> Placed<Step> {
    let form = conversation().id();
    Placed {
        id: RecordId {
            entry: EntryHash::from_bytes([number; 32]),
            index: 0,
        },
        device: DeviceId::from_bytes([number; 32]),
        seq: 0,
        said: Step {
            form,
            kind,
            about: Subject::Statement(about),
            text: String::new(),
            number: None,
            day: None,
            sources: into.iter().copied().map(Subject::Statement).collect(),
            replaces: Vec::new(),
            salt: [0; 8],
        },
    }
}

/// How the four stand, in whatever order the steps arrive.
fn standings(steps: &[Placed<Step>]) -> Vec<Standing> {
    let form = conversation();
    let of = |steps: &[Placed<Step>]| -> Vec<Standing> {
        let heard = heard((form.id(), &form), &[], (steps, &[]), None);
        heard.iter().map(|one| one.standing).collect()
    };
    let first = of(steps);
    let mut turned = steps.to_vec();
    for _ in 0..turned.len() {
        turned.rotate_left(1);
        assert_eq!(of(&turned), first);
    }
    turned.reverse();
    assert_eq!(of(&turned), first);
    first
}

use Standing::{Hidden, In, Merged as Joined, Waiting};

#[test]
fn two_statements_joined_into_each_other_leave_the_one_with_the_smaller_id() {
    let form = conversation();
    let [a, b, c, d] = ids(&form)[..] else {
        panic!("four")
    };
    let merge = |number, about, into| step(number, StepKind::Merged, about, &[into]);
    assert_eq!(standings(&[merge(1, a, b)]), [Joined, In, In, In]);
    let both = [merge(1, a, b), merge(2, b, a)];
    assert_eq!(standings(&both), [In, Joined, In, In]);
    // A ring of three, and one that was joined into it.
    let ring = [
        merge(1, b, c),
        merge(2, c, d),
        merge(3, d, b),
        merge(4, a, d),
    ];
    assert_eq!(standings(&ring), [Joined, In, Joined, Joined]);
    // A ring from which a third facilitator leads out.
    let out = [merge(1, c, d), merge(2, d, c), merge(3, d, a)];
    assert_eq!(standings(&out), [In, In, Joined, Joined]);
}

#[test]
fn nothing_is_part_of_what_is_not_voted_on() {
    let form = conversation();
    let [a, b, c, _] = ids(&form)[..] else {
        panic!("four")
    };
    let merge = |number, about, into| step(number, StepKind::Merged, about, &[into]);
    let hide = |about| step(9, StepKind::Hidden, about, &[]);
    assert_eq!(standings(&[merge(1, a, b), hide(b)]), [In, Hidden, In, In]);
    // The chain ends where it can: `b` cannot go into what is hidden, and takes `a` in.
    let chain = [merge(1, a, b), merge(2, b, c), hide(c)];
    assert_eq!(standings(&chain), [Joined, In, Hidden, In]);
    let whole = [merge(1, a, b), merge(2, b, c)];
    assert_eq!(standings(&whole), [Joined, Joined, In, In]);
    // Into itself, into nothing, into what nobody said.
    let nobody = statement_id(form.id(), "Nobody said it");
    for into in [&[a][..], &[], &[nobody]] {
        let alone = step(1, StepKind::Merged, a, into);
        assert_eq!(standings(&[alone]), [In; 4]);
    }
    // Hidden goes before everything, in a circle too.
    let circle = [merge(1, a, b), merge(2, b, a), hide(a)];
    assert_eq!(standings(&circle), [Hidden, In, In, In]);
}

#[test]
fn what_waits_is_no_place_to_disappear_into() {
    let form = conversation();
    let Rule::Conversation(rule) = form.activity.rule.clone() else {
        panic!("a conversation")
    };
    let mut asked = form;
    asked.activity.rule = Rule::Conversation(ConversationRule {
        let_in: true,
        open: true,
        seeds: TEXTS[..2].iter().map(|text| (*text).to_owned()).collect(),
        ..rule
    });
    let id = asked.id();
    let said: Vec<Placed<Statement>> = TEXTS[2..]
        .iter()
        .zip(20..)
        .map(|(text, number)| Placed {
            id: RecordId {
                entry: EntryHash::from_bytes([number; 32]),
                index: 0,
            },
            device: DeviceId::from_bytes([number; 32]),
            seq: 0,
            said: Statement {
                form: id,
                text: (*text).to_owned(),
                assisted: false,
                salt: [0; 8],
            },
        })
        .collect();
    let of = TEXTS.map(|text| statement_id(id, text));
    let merge = |number, from: usize, to: usize| {
        let mut step = step(number, StepKind::Merged, of[from], &[of[to]]);
        step.said.form = id;
        step
    };
    let stands = |steps: &[Placed<Step>]| {
        let heard = heard((id, &asked), &said, (steps, &[]), None);
        of.map(|id| heard.iter().find(|one| one.id == id).unwrap().standing)
    };
    assert_eq!(stands(&[merge(1, 0, 2)]), [In, In, Waiting, Waiting]);
    assert_eq!(stands(&[merge(1, 2, 0)]), [In, In, Joined, Waiting]);
    // Both wait, joined into each other: both wait on, and either may still be let in.
    let both = [merge(1, 2, 3), merge(2, 3, 2)];
    assert_eq!(stands(&both), [In, In, Waiting, Waiting]);
    // One that is in goes before one that waits, whichever has the smaller id.
    let mixed = [merge(1, 0, 2), merge(2, 2, 0)];
    assert_eq!(stands(&mixed), [In, In, Joined, Waiting]);
}

#[test]
fn a_long_chain_is_followed_to_its_end() {
    let mut form = conversation();
    let texts: Vec<String> = (0..5_000).map(|number| format!("Idea {number}")).collect();
    if let Rule::Conversation(rule) = &mut form.activity.rule {
        rule.seeds = texts.clone();
    }
    let id = form.id();
    let steps: Vec<Placed<Step>> = texts
        .windows(2)
        .map(|pair| {
            let [from, to] = [&pair[0], &pair[1]].map(|text| statement_id(id, text));
            let mut step = step(1, StepKind::Merged, from, &[to]);
            step.said.form = id;
            step.id.entry = EntryHash::from_bytes(*blake3::hash(pair[0].as_bytes()).as_bytes());
            step
        })
        .collect();
    let found = heard((id, &form), &[], (&steps, &[]), None);
    let inside: Vec<&str> = found
        .iter()
        .filter(|one| one.standing == In)
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(inside, ["Idea 4999"]);
}

#[test]
fn who_said_something_may_keep_it_apart() {
    let mut asked = conversation();
    if let Rule::Conversation(rule) = &mut asked.activity.rule {
        rule.seeds = vec!["More lamps".to_owned()];
    }
    let id = asked.id();
    let by = |number: u8| DeviceId::from_bytes([number; 32]);
    let record = |number: u8| RecordId {
        entry: EntryHash::from_bytes([number; 32]),
        index: 0,
    };
    let said = [Placed {
        id: record(50),
        device: by(5),
        seq: 0,
        said: Statement {
            form: id,
            text: "Lamps at the well".to_owned(),
            assisted: false,
            salt: [0; 8],
        },
    }];
    let (lamps, well) = (statement_id(id, "More lamps"), said[0].said.id());
    let merge = |number, about, into| {
        let mut step = step(number, StepKind::Merged, about, &[into]);
        step.said.form = id;
        step
    };
    let apart = |from: u8, seq: u64, step: u8| Placed {
        id: record(60 + from),
        device: by(from),
        seq,
        said: Request {
            form: id,
            says: Says::Apart {
                step: record(step),
                text: String::new(),
            },
            salt: [0; 8],
        },
    };
    let stands =
        |steps: &[Placed<Step>], requests: &[Placed<Request>], closed: Option<&[(u8, u64)]>| {
            let closed: Option<BTreeMap<DeviceId, u64>> =
                closed.map(|all| all.iter().map(|(from, seq)| (by(*from), *seq)).collect());
            let heard = heard((id, &asked), &said, (steps, requests), closed.as_ref());
            [lamps, well].map(|id| heard.iter().find(|one| one.id == id).unwrap().standing)
        };
    let one = [merge(1, well, lamps)];
    assert_eq!(stands(&one, &[], None), [In, Joined]);
    assert_eq!(stands(&one, &[apart(5, 1, 1)], None), [In, In]);
    // Nobody asks for others, or against a step that is not about theirs.
    assert_eq!(stands(&one, &[apart(6, 1, 1)], None), [In, Joined]);
    assert_eq!(stands(&one, &[apart(5, 1, 2)], None), [In, Joined]);
    assert_eq!(
        stands(&[merge(1, lamps, well)], &[apart(5, 1, 1)], None),
        [Joined, In]
    );
    // A later step joins them, until they ask again.
    let two = [merge(1, well, lamps), merge(2, well, lamps)];
    assert_eq!(stands(&two, &[apart(5, 1, 1)], None), [In, Joined]);
    assert_eq!(
        stands(&two, &[apart(5, 1, 1), apart(5, 2, 2)], None),
        [In, In]
    );
    // After the closing it is too late.
    let closed: &[(u8, u64)] = &[(1, 0), (5, 0)];
    assert_eq!(stands(&one, &[apart(5, 1, 1)], Some(closed)), [In, Joined]);
    let named: &[(u8, u64)] = &[(1, 0), (5, 1)];
    assert_eq!(stands(&one, &[apart(5, 1, 1)], Some(named)), [In, In]);
}

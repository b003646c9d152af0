//! What goes first where much is behind.

use majlis_core::consultation::{Activity, Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::entry::ChainId;
use majlis_core::id::{EntryHash, FormId, LaneClass, LaneId, QuestionId};
use majlis_core::record::{Known, Record, Response, Speaker, Withdraw};
use majlis_core::space::{Command, Input, Reply};
use majlis_tests::town::{Fate, Resident};

use super::{Talk, founder, invite, joiner, meet, process, same, say};

/// A day after everything else, in milliseconds.
const TODAY: u64 = 86_400_000;

/// Its name sorts after that of the process with the old answers.
fn poll() -> LaneId {
    LaneId::new(LaneClass::Process, [9; 16])
}

fn form() -> Form {
    let option = |id, label: &str| Choice {
        details: Default::default(),
        id,
        label: label.to_owned(),
    };
    Form {
        details: Default::default(),
        title: "The pump".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: vec![Question {
            details: Default::default(),
            id: QuestionId::from_bytes([1; 8]),
            label: "Mend it or buy one?".to_owned(),
            hint: String::new(),
            required: true,
            kind: QuestionKind::SingleChoice(vec![option(1, "Mend"), option(2, "Buy")]),
        }],
        activity: Activity::default(),
        sealing: None,
    }
}

/// Somebody does something today.
fn today(who: &mut Resident, command: Command) -> Reply {
    let reply = who.step(Input::Command(command), TODAY, Fate::Lives).reply;
    reply.unwrap().unwrap()
}

/// States something today; gives the entry.
fn state(who: &mut Resident, lane: LaneId, record: Record) -> EntryHash {
    let command = Command::Record {
        lane,
        record: Box::new(record),
        seal: true,
    };
    today(who, command);
    let device = who.device();
    who.space.index().next(ChainId { lane, device }).1
}

#[test]
fn a_poll_of_today_and_its_votes_go_before_two_thousand_old_answers() {
    let mut ana = founder();
    let ticket = invite(&mut ana, 60, 9);
    let mut others = [2, 3, 4, 5].map(|number| joiner(&ana, number, ticket, 60));
    // Twice, so that each knows all the others.
    for round in [1, 11] {
        for (link, other) in (round..).zip(&mut others) {
            meet(other, &mut ana, link);
        }
    }
    let [mut cy, mut dara, mut gateway, mut bo] = others;
    for number in 0..2_000_u32 {
        say(&mut cy, (number % 200) as u8);
    }
    // Ana drafts a poll and opens it; Dara votes, and Cy adds an answer to all the old ones.
    let lane = poll();
    let Reply::Session(session) = today(&mut ana, Command::OpenEditor(lane)) else {
        panic!("no session");
    };
    let title = "The pump".to_owned();
    let draft = Command::SetTitle {
        lane,
        session,
        title,
    };
    today(&mut ana, draft);
    today(&mut ana, Command::Seal);
    let opening = state(&mut ana, lane, Record::Open(form()));
    meet(&mut dara, &mut ana, 21);
    let own = || Known::Own {
        supersedes: Vec::new(),
        salt: [7; 8],
    };
    let vote = Record::Response(Response {
        form: form().id(),
        speaker: Speaker::Known(own()),
        answers: vec![(QuestionId::from_bytes([1; 8]), Answer::Choices(vec![1]))],
    });
    let vote = state(&mut dara, lane, vote);
    let more = Record::Withdraw(Withdraw {
        form: FormId::from_bytes([201; 32]),
        speaker: own(),
    });
    state(&mut cy, process(), more);
    // The gateway hears of all that is old last.
    for (link, other) in (31..).zip([&mut dara, &mut ana, &mut cy]) {
        meet(other, &mut gateway, link);
    }
    let definition = gateway.space.index().at_position(
        ChainId {
            lane,
            device: ana.device(),
        },
        0,
    );
    let definition = definition.map(|(_, item)| item.hash).next().unwrap();
    assert_ne!(definition, opening, "the draft is an entry of its own");

    // Bo's link may be gone at any moment.
    gateway.restart();
    let mut talk = Talk::begin(&mut bo, &mut gateway, 41);
    while !bo.stores(vote) {
        assert!(!talk.queue.is_empty(), "the vote does not come");
        talk.go_on_for(1, &mut bo, &mut gateway);
        let known = bo.stores(opening) && bo.stores(definition);
        assert!(
            known || !bo.stores(vote),
            "the poll is there before its vote"
        );
    }
    assert!(talk.arrived < 60, "{} entries came before", talk.arrived);
    talk.go_on(&mut bo, &mut gateway);
    assert!(same(&bo, &gateway));
}

//! What was drawn stays, and so does what asking again found, whatever becomes of the answers.

use majlis_node::api::claims::{ClaimKeep, ClaimSlot};
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::field::{
    BackCheckView, BackChecksView, DrawBackChecks, SinceName, SinceView, TellBackCheck,
};
use majlis_node::api::members::{RankName, RemoveMember};
use majlis_node::api::process::{ConsultationRef, Responded, WithdrawResponse};
use majlis_node::api::{ErrorCode, Nothing, Request};

use crate::field::{Two, two};
use crate::scene::{call, carry, get, joined_as, member, verified};
use crate::{answer, assisted};

fn draw(here: &ConsultationRef, percent: u8) -> Request {
    Request::DrawBackChecks(DrawBackChecks {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        seed: "6 2 2".to_owned(),
        percent,
    })
}

fn differs(here: &ConsultationRef, slot: &str, question: &str) -> Request {
    Request::TellBackCheck(TellBackCheck {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        slot: slot.to_owned(),
        same: Vec::new(),
        other: vec![question.to_owned()],
        not_asked: String::new(),
    })
}

fn withdraw(here: &ConsultationRef, slot: &str) -> Request {
    Request::Withdraw(WithdrawResponse {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        slot: Some(slot.to_owned()),
    })
}

fn of<'v>(view: &'v BackChecksView, slot: &str) -> &'v BackCheckView {
    view.checks.iter().find(|one| one.slot == slot).unwrap()
}

fn since(what: SinceName, by: &str) -> Option<SinceView> {
    Some(SinceView {
        what,
        by: vec![by.to_owned()],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_stays_with_whoever_entered_what_was_drawn() {
    let Two {
        amina,
        bilal,
        at,
        here,
        form,
        ..
    } = two().await;
    let entering = || Request::Respond(assisted(answer(&here, &form, 1, ""), None));
    let mut slots = Vec::new();
    for _ in 0..3 {
        let entered: Responded = get(&amina, entering()).await;
        slots.push(entered.slot);
    }
    let _: Responded = get(&bilal, entering()).await;
    carry(&bilal, &amina, &at).await;
    let _: BackChecksView = get(&amina, draw(&here, 100)).await;
    carry(&amina, &bilal, &at).await;
    for slot in &slots {
        let told = differs(&here, slot, &form.questions[0].id);
        let _: BackChecksView = get(&bilal, told).await;
    }
    carry(&bilal, &amina, &at).await;

    // Whoever entered takes one back and corrects one; whoever found it wrong corrects the third.
    let correct = |slot: &String| {
        let corrected = assisted(answer(&here, &form, 0, ""), Some(slot.clone()));
        Request::Respond(corrected)
    };
    let _: Nothing = get(&amina, withdraw(&here, &slots[0])).await;
    let _: Responded = get(&amina, correct(&slots[1])).await;
    let _: Responded = get(&bilal, correct(&slots[2])).await;
    carry(&amina, &bilal, &at).await;
    carry(&bilal, &amina, &at).await;
    let became = [
        since(SinceName::TakenBack, "Amina"),
        since(SinceName::Corrected, "Amina"),
        since(SinceName::Corrected, "Bilal"),
    ];
    for node in [&amina, &bilal] {
        let view: BackChecksView = get(node, Request::BackChecks(here.clone())).await;
        assert_eq!(view.checks.len(), 4);
        for (slot, since) in slots.iter().zip(&became) {
            let one = of(&view, slot);
            assert_eq!(one.officer, "Amina");
            let outcome = one.outcome.as_ref().unwrap();
            assert_eq!((outcome.by.as_str(), outcome.other.len()), ("Bilal", 1));
            assert_eq!(&one.since, since);
            assert!(!one.open);
        }
        // Of whom the answer was taken back nothing is said that finds them.
        assert_eq!(
            (
                of(&view, &slots[0]).note.as_str(),
                &of(&view, &slots[0]).answer
            ),
            ("", &None)
        );
        assert_eq!(of(&view, &slots[1]).note, "house 7");
        let mut officers = view.officers.iter();
        let line = officers.find(|one| one.officer == "Amina").unwrap();
        assert_eq!(
            (line.drawn, line.asked, line.other, line.since),
            (3, 3, 3, 3)
        );
        assert_eq!((view.questions[0].same, view.questions[0].other), (0, 3));
    }
    // Drawn again by whoever is found out, after the correction: it stays theirs.
    let again: BackChecksView = get(&amina, draw(&here, 99)).await;
    assert_eq!(again.drawings.len(), 2);
    assert_eq!(of(&again, &slots[2]).officer, "Amina");
    assert_eq!(of(&again, &slots[2]).since, became[2]);
    verified(&amina, &at).await;
    verified(&bilal, &at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_stay_when_answers_are_corrected_or_taken_back_and_what_was_drawn_is_compared() {
    let Two {
        amina,
        bilal,
        at,
        here,
        form,
        ..
    } = two().await;
    let dara = joined_as(RankName::Facilitator, "Dara", &amina, &at)
        .await
        .node;
    let mut slots = Vec::new();
    for officer in [&amina, &bilal, &dara] {
        for _ in 0..4 {
            let entering = Request::Respond(assisted(answer(&here, &form, 1, ""), None));
            let entered: Responded = get(officer, entering).await;
            slots.push(entered.slot);
        }
    }
    carry(&bilal, &amina, &at).await;
    carry(&dara, &amina, &at).await;
    let drawn: BackChecksView = get(&amina, draw(&here, 100)).await;
    assert!(
        drawn
            .checks
            .iter()
            .all(|one| one.open && one.since.is_none())
    );
    let _: Nothing = get(&amina, withdraw(&here, &slots[0])).await;
    let corrected = assisted(answer(&here, &form, 0, ""), Some(slots[4].clone()));
    let _: Responded = get(&amina, Request::Respond(corrected)).await;
    let later: BackChecksView = get(&amina, Request::BackChecks(here.clone())).await;
    let turns = |view: &BackChecksView| -> Vec<(String, Option<String>)> {
        let checks = view.checks.iter();
        checks
            .map(|one| (one.slot.clone(), one.checker.clone()))
            .collect()
    };
    assert_eq!(turns(&drawn), turns(&later));
    // Nobody goes to whoever took it back; of the other what was drawn is compared.
    assert!(!of(&later, &slots[0]).open && of(&later, &slots[4]).open);
    assert_eq!(of(&later, &slots[4]).officer, "Bilal");
    assert_eq!(of(&later, &slots[4]).answer, of(&drawn, &slots[4]).answer);
    assert!(of(&drawn, &slots[4]).answer.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_corrected_before_the_draw_is_whoever_corrected_it_and_a_claim_says_whose() {
    let Two {
        amina,
        bilal,
        at,
        here,
        form,
        ..
    } = two().await;
    let salma = joined_as(RankName::Member, "Salma", &amina, &at).await.node;
    let mut entered = Vec::new();
    for _ in 0..2 {
        let entering = Request::Respond(assisted(answer(&here, &form, 1, ""), None));
        let one: Responded = get(&amina, entering).await;
        entered.push(one);
    }
    carry(&amina, &bilal, &at).await;
    let corrected = assisted(answer(&here, &form, 0, ""), Some(entered[0].slot.clone()));
    let _: Responded = get(&bilal, Request::Respond(corrected)).await;
    carry(&bilal, &amina, &at).await;
    let drawn: BackChecksView = get(&amina, draw(&here, 100)).await;
    let [first, second] = [0, 1].map(|at: usize| of(&drawn, &entered[at].slot));
    assert_eq!((first.officer.as_str(), &first.since), ("Bilal", &None));
    assert_eq!((second.officer.as_str(), &second.since), ("Amina", &None));
    assert_eq!(first.checker.as_deref(), Some("Amina"));

    carry(&amina, &salma, &at).await;
    let claim = ClaimSlot {
        space: at.space.clone(),
        consultation: here.consultation.clone(),
        slot: entered[1].slot.clone(),
        code: entered[1].claim.clone().unwrap(),
        keep: ClaimKeep::Entered,
    };
    let _: Responded = get(&salma, Request::Claim(claim)).await;
    carry(&salma, &amina, &at).await;
    let later: BackChecksView = get(&amina, Request::BackChecks(here.clone())).await;
    let second = of(&later, &entered[1].slot);
    assert_eq!(second.since, since(SinceName::Claimed, "Salma"));
    assert_eq!((second.officer.as_str(), second.open), ("Amina", false));
    assert!(of(&later, &entered[0].slot).open);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_stays_when_the_officer_is_removed_and_their_answers_are_void() {
    let Two {
        amina,
        bilal,
        at,
        here,
        form,
        ..
    } = two().await;
    let dara = joined_as(RankName::Facilitator, "Dara", &amina, &at)
        .await
        .node;
    let entering = Request::Respond(assisted(answer(&here, &form, 1, ""), None));
    let entered: Responded = get(&bilal, entering).await;
    carry(&bilal, &dara, &at).await;
    let _: BackChecksView = get(&dara, draw(&here, 100)).await;
    let told = differs(&here, &entered.slot, &form.questions[0].id);
    let _: BackChecksView = get(&dara, told).await;
    // Amina holds nothing of what Bilal entered.
    let remove = RemoveMember {
        space: at.space.clone(),
        device: member(&amina, &at, "Bilal").await.device,
        reason: "made people up".to_owned(),
    };
    let _: Nothing = get(&amina, Request::RemoveMember(remove)).await;
    carry(&amina, &dara, &at).await;
    carry(&dara, &amina, &at).await;
    for node in [&amina, &dara] {
        let view: BackChecksView = get(node, Request::BackChecks(here.clone())).await;
        let one = of(&view, &entered.slot);
        assert_eq!(one.officer, "Bilal");
        assert_eq!(
            one.since.as_ref().map(|since| since.what),
            Some(SinceName::NotCounted)
        );
        assert_eq!(one.outcome.as_ref().map(|one| one.other.len()), Some(1));
        assert_eq!(view.officers[0].other, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draw_stays_and_another_officer_tells_what_asking_again_found() {
    let Two {
        amina,
        bilal,
        at,
        here,
        form,
        ..
    } = two().await;
    for _ in 0..4 {
        let _: Responded = get(
            &amina,
            Request::Respond(assisted(answer(&here, &form, 1, ""), None)),
        )
        .await;
    }
    let _: Responded = get(
        &bilal,
        Request::Respond(assisted(answer(&here, &form, 0, ""), None)),
    )
    .await;
    carry(&amina, &bilal, &at).await;
    carry(&bilal, &amina, &at).await;
    let draw = DrawBackChecks {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        seed: "٣ ١".to_owned(),
        percent: 50,
    };
    let drawn: BackChecksView = get(&amina, Request::DrawBackChecks(draw.clone())).await;
    assert_eq!(drawn.checks.len(), 3, "two of four, and the one of one");
    // Answers that come later, and drawing again, leave the draw as it is.
    for _ in 0..6 {
        let _: Responded = get(
            &amina,
            Request::Respond(assisted(answer(&here, &form, 1, ""), None)),
        )
        .await;
    }
    let again: BackChecksView = get(&amina, Request::DrawBackChecks(draw.clone())).await;
    assert_eq!((again.checks.len(), again.drawings.len()), (3, 1));
    carry(&amina, &bilal, &at).await;
    let seen = Request::BackChecks(here.clone());
    let later: BackChecksView = get(&bilal, seen.clone()).await;
    let slots = |view: &BackChecksView| -> Vec<String> {
        view.checks.iter().map(|one| one.slot.clone()).collect()
    };
    assert_eq!(slots(&later), slots(&drawn));
    assert_eq!(later.drawings.len(), 1);
    assert_eq!(
        (later.drawings[0].seed.as_str(), later.drawings[0].drawn),
        ("3 1", 3)
    );

    let mine = later.checks.iter().find(|one| one.mine).unwrap();
    assert_eq!(
        (mine.officer.as_str(), mine.checker.as_deref()),
        ("Amina", Some("Bilal"))
    );
    let [which, why] = [0, 1].map(|at: usize| form.questions[at].id.clone());
    let tell = |same: &[&String], other: &[&String], not_asked: &str| TellBackCheck {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        slot: mine.slot.clone(),
        same: same.iter().map(|one| (*one).clone()).collect(),
        other: other.iter().map(|one| (*one).clone()).collect(),
        not_asked: not_asked.to_owned(),
    };
    let told = Request::TellBackCheck(tell(&[&which], &[&why], ""));
    let found: BackChecksView = get(&bilal, told).await;
    let of = |view: &BackChecksView| {
        let found = view.checks.iter().find(|one| one.slot == mine.slot);
        found.unwrap().outcome.clone().unwrap()
    };
    assert_eq!(of(&found).by, "Bilal");
    assert_eq!(
        (of(&found).same, of(&found).other),
        (vec![which.clone()], vec![why.clone()])
    );
    // What is told anew takes the place of what was told.
    let told = Request::TellBackCheck(tell(&[&which, &why], &[], ""));
    let _: BackChecksView = get(&bilal, told).await;
    carry(&bilal, &amina, &at).await;
    let found: BackChecksView = get(&amina, seen).await;
    assert_eq!((of(&found).same.len(), of(&found).other.len()), (2, 0));
    let officer = found
        .officers
        .iter()
        .find(|one| one.officer == "Amina")
        .unwrap();
    assert_eq!(
        (officer.drawn, officer.asked, officer.same, officer.other),
        (2, 1, 2, 0)
    );
    assert_eq!((found.questions[0].same, found.questions[0].other), (1, 0));

    // Nobody checks what they entered; what was not drawn is not checked; something is said.
    let refused = [
        (&amina, tell(&[&which], &[], ""), ErrorCode::NotAllowed),
        (&bilal, tell(&[], &[], ""), ErrorCode::BadInput),
        (&bilal, tell(&[&which], &[&which], ""), ErrorCode::BadInput),
        (&bilal, tell(&[&which], &[], "moved"), ErrorCode::BadInput),
        (
            &bilal,
            TellBackCheck {
                slot: "00".repeat(16),
                ..tell(&[&which], &[], "")
            },
            ErrorCode::NotFound,
        ),
    ];
    for (who, tell, code) in refused {
        let refused = call::<BackChecksView>(who, Request::TellBackCheck(tell)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code, code, "{refused:?}");
    }
    // An officer's work is no part of what the office replies.
    let report: majlis_node::api::report::ReportView =
        get(&amina, Request::Report(here.clone())).await;
    assert!(report.themes.is_empty() && report.whole.is_empty());
    // How far the answers agree is in what the office publishes, and beside what it hands out.
    let again = report.again.unwrap();
    assert_eq!(
        (again.drawn, again.asked, again.not_asked),
        (3, 1, 0),
        "{again:?}"
    );
    assert_eq!((again.same, again.other), (2, 0));
    let folder = tempfile::tempdir().unwrap();
    let export = Request::ExportAnswers(AnswersExport {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        format: AnswersFormat::Csv,
        path: Some(folder.path().join("out.csv").display().to_string()),
    });
    let written: AnswersWritten = get(&amina, export.clone()).await;
    let from = std::fs::read_to_string(folder.path().join("out.provenance.csv")).unwrap();
    for line in [
        "asked_again_drawn,3",
        "asked_again,1",
        "asked_again_answers_same,2",
        "exported_by,Amina",
        &format!("responses,{}", written.answers),
    ] {
        assert!(from.lines().any(|one| one == line), "{line}: {from}");
    }
    // Nothing is replaced, this file no more than the others.
    std::fs::remove_file(folder.path().join("out.csv")).unwrap();
    std::fs::remove_file(folder.path().join("out.dictionary.csv")).unwrap();
    let refused = call::<AnswersWritten>(&amina, export).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadInput);
    verified(&amina, &at).await;
    verified(&bilal, &at).await;
}

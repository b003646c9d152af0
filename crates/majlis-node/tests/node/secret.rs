//! Secret votes over real nodes: trustees make a key by meeting, people vote, and every device opens
//! and verifies the same.

#[path = "secret/hall.rs"]
pub(crate) mod hall;

use std::path::Path;

use majlis_core::consultation::Answer;
use majlis_core::id::{FormId, LaneId, SpaceId};
use majlis_core::record::{Custody, CustodySaid, Known, Record, Response, Speaker};
use majlis_core::space::Space;
use majlis_node::api::me::Home;
use majlis_node::api::members::QuarantineItem;
use majlis_node::api::outcome::{OutcomeView, RecountView, ResultView};
use majlis_node::api::proceedings::StateResult;
use majlis_node::api::process::{
    AnswerTo, CloseConsultation, ConsultationView, QuestionKindView, Respond,
};
use majlis_node::api::secret::{
    BallotTested, CheckTest, GivePart, NamedView, OpenSecret, RiskAdvice, RiskView,
    SecretStateName, SecretView, TestChecked, TranscriptAt, TranscriptTo, TranscriptView,
};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::clock;
use majlis_node::node::Node;
use majlis_store::Store;

use crate::scene::{call, get, member, open, verified};

use hall::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_village_votes_in_secret_and_every_device_verifies_the_same_twice() {
    let mut hall = Hall::gather().await;
    let vote = hall.opened().await;
    let view = shown(&hall.nodes[6], &vote).await;
    assert_eq!((view.state, view.roll), (SecretStateName::Making, 7));
    assert!(view.on_roll && !view.may_vote && view.mine.is_none());
    // No key, no ballot.
    let early = seal(&hall.nodes[1], &vote, 0).await;
    assert_eq!(refused(&hall.nodes[1], early).await, ErrorCode::NoKey);
    // Nor does it wait for anybody's.
    let waiting = async |node: &Node| {
        let home: Home = get(node, Request::Home(Nothing {})).await;
        home.asked
            .iter()
            .any(|one| one.consultation == vote.consultation)
    };
    assert!(!waiting(&hall.nodes[1]).await);
    hall.make_key(&vote).await;
    assert!(waiting(&hall.nodes[1]).await);

    // A device is tested: what it sealed is opened on another device, and never cast.
    let tried = sealed(&hall.nodes[1], &vote, 1).await;
    let tested: BallotTested =
        get(&hall.nodes[1], Request::TestBallot(ballot(&vote, &tried))).await;
    let cast = Request::CastBallot(ballot(&vote, &tried));
    assert_eq!(refused(&hall.nodes[1], cast).await, ErrorCode::NotFound);
    let check = |text: String| {
        Request::CheckTest(CheckTest {
            space: vote.space.clone(),
            consultation: vote.consultation.clone(),
            text,
        })
    };
    let checked: TestChecked = get(&hall.nodes[2], check(tested.text.clone())).await;
    assert_eq!(checked.receipt, tried.receipt);
    assert_eq!(checked.answer, option(&hall.nodes[2], &vote, 1).await.1);
    assert!(!checked.cast);
    let other = sealed(&hall.nodes[1], &vote, 0).await;
    let other: BallotTested = get(&hall.nodes[1], Request::TestBallot(ballot(&vote, &other))).await;
    let (head, _) = tested.text.split_once('.').unwrap();
    let (_, tail) = other.text.split_once('.').unwrap();
    let mixed = check(format!("{head}.{tail}"));
    assert_eq!(refused(&hall.nodes[2], mixed).await, ErrorCode::BadTest);

    let (question, clear) = option(&hall.nodes[0], &vote, 0).await;
    let respond = Respond {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        answers: vec![AnswerTo {
            question,
            value: clear,
        }],
        assisted: None,
        slot: None,
    };
    let clear = Request::Respond(respond);
    assert_eq!(refused(&hall.nodes[0], clear).await, ErrorCode::NotAllowed);

    for who in 0..4 {
        hall.vote(who, &vote, 0).await;
    }
    let first = hall.vote(1, &vote, 0).await;
    let again = hall.vote(1, &vote, 1).await;
    hall.meet(&[1, 2, 3, 4, 5, 6]).await;

    // Esra copies a ballot, Gita bends one to her own name: each is told why it does not count.
    let lane: LaneId = vote.consultation.parse().unwrap();
    let space: SpaceId = hall.at.space.parse().unwrap();
    let answer = |form, asked, bytes| {
        Record::Response(Response {
            form,
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: clock::fresh(),
            }),
            answers: vec![(asked, Answer::Sealed(bytes))],
        })
    };
    let anybody = |store: &Store| {
        let count = store.count(space, lane).unwrap().unwrap();
        count.secret().unwrap()[0].1.clone()
    };
    hall.forge(4, &vote, |form, asked, store| {
        answer(form, asked, anybody(store))
    })
    .await;
    let gita = member(&hall.nodes[0], &hall.at, "Gita").await.person;
    let gita: majlis_core::id::PersonId = gita.parse().unwrap();
    hall.forge(6, &vote, |form, asked, store| {
        let mut bent = anybody(store);
        bent[2..34].copy_from_slice(gita.as_bytes());
        answer(form, asked, bent)
    })
    .await;
    hall.meet(&[4, 6]).await;
    let view = shown(&hall.nodes[0], &vote).await;
    assert_eq!(view.counted, 4);
    assert_eq!(fates(&view, &first), ["replaced"]);
    assert_eq!(fates(&view, &again)[0], "counted");
    let mut others: Vec<&str> = view.ballots.iter().map(|one| one.fate.as_str()).collect();
    others.retain(|fate| *fate != "counted");
    others.sort_unstable();
    assert_eq!(others, ["not_theirs", "replaced", "replaced", "unproven"]);

    // Fatma votes out of reach; the closing does not name her ballot.
    let late = hall.vote(5, &vote, 1).await;
    let close = CloseConsultation {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        note: String::new(),
    };
    let seen = |seen| {
        Request::GivePart(GivePart {
            space: vote.space.clone(),
            consultation: vote.consultation.clone(),
            seen,
        })
    };
    let give = || {
        seen(Some(NamedView {
            counted: 4,
            unnamed: 1,
        }))
    };
    assert_eq!(refused(&hall.nodes[0], give()).await, ErrorCode::NotAllowed);
    let _: Nothing = get(&hall.nodes[0], Request::CloseConsultation(close)).await;
    hall.meet(&[1, 2, 4, 5, 6]).await;

    // Whoever closes could name but few ballots: nobody's device opens them until its person saw how
    // many that are here are left out.
    let view = shown(&hall.nodes[0], &vote).await;
    assert_eq!((view.counted, view.unnamed), (4, 1));
    assert_eq!(fates(&view, &late), ["late"]);
    let hers = shown(&hall.nodes[5], &vote).await;
    assert_eq!(hers.receipt.as_ref(), Some(&late));
    assert_eq!(hers.receipt_fate.as_deref(), Some("late"));
    let wrong = NamedView {
        counted: 4,
        unnamed: 0,
    };
    for unaware in [None, Some(wrong)] {
        let answer = call::<Nothing>(&hall.nodes[0], seen(unaware)).await;
        let error = answer.unwrap_err();
        assert_eq!(error.code, ErrorCode::BallotsUnnamed);
        assert_eq!(error.detail.as_deref(), Some("4 1"));
    }

    // Dara is away. Esra's part is bad: bent from the host's.
    let _: Nothing = get(&hall.nodes[0], give()).await;
    hall.meet(&[4]).await;
    hall.forge(4, &vote, |form, _, store| {
        let said = store.proceedings(space, lane).unwrap().custody;
        let part = said.iter().find_map(|one| match &one.said.said {
            CustodySaid::Trustee(bytes) if bytes.first() == Some(&11) => Some(bytes.clone()),
            _ => None,
        });
        // Under Esra's own number, and with parts that are not hers.
        let own = said.iter().find_map(|one| match &one.said.said {
            CustodySaid::Trustee(bytes) if bytes.first() == Some(&4) => {
                (one.device == esra(store, space)).then(|| bytes[2])
            }
            _ => None,
        });
        let mut part = part.unwrap();
        part[2] = own.unwrap();
        Record::Custody(Custody {
            form,
            said: CustodySaid::Trustee(part),
            salt: clock::fresh(),
        })
    })
    .await;
    let _: Nothing = get(&hall.nodes[1], give()).await;
    hall.meet(&[1, 4]).await;
    let view = shown(&hall.nodes[0], &vote).await;
    assert_eq!(view.state, SecretStateName::Opening);
    let state = |summary: &str| {
        Request::StateResult(StateResult {
            space: vote.space.clone(),
            consultation: vote.consultation.clone(),
            summary: summary.into(),
        })
    };
    let early = refused(&hall.nodes[0], state("too early")).await;
    assert_eq!(early, ErrorCode::NotAllowed);
    let _: Nothing = get(&hall.nodes[2], give()).await;
    hall.meet(&[1, 2, 4, 5, 6]).await;
    let _: Nothing = get(&hall.nodes[0], state("Hana chairs")).await;
    hall.meet(&[1, 2, 3, 4, 5, 6]).await;

    let outcome: OutcomeView = get(&hall.nodes[0], Request::Outcome(vote.clone())).await;
    let ResultView::Secret(result) = &outcome.result else {
        panic!("{:?}", outcome.result)
    };
    assert_eq!((result.counted, result.refused), (4, 2));
    let totals: Vec<(&str, u32)> = result
        .options
        .iter()
        .map(|one| (one.label.as_str(), one.total))
        .collect();
    assert_eq!(totals, [("Hana", 3), ("Idris", 1)]);
    assert_eq!(result.poll.as_ref().unwrap().first[0].label, "Hana");
    assert_eq!(outcome.late, 1);
    for node in &hall.nodes {
        let again: RecountView = get(node, Request::Recount(vote.clone())).await;
        assert_eq!(Some(&again.hash), outcome.hash.as_ref());
        assert!(again.lists_agree && again.stated[0].agrees);
        verified(node, &hall.at).await;
    }
    let view = shown(&hall.nodes[0], &vote).await;
    let parts: Vec<&str> = view.trustees.iter().map(|one| one.part.as_str()).collect();
    let count = |wanted| parts.iter().filter(|part| **part == wanted).count();
    assert_eq!((count("right"), count("wrong"), count("none")), (3, 1, 1));

    // The part is gone with what it was for, and nothing opens a second time.
    assert!(view.mine.is_some_and(|mine| mine.agreed && !mine.here));
    assert_eq!(refused(&hall.nodes[0], give()).await, ErrorCode::PartGone);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vote.transcript");
    let path = path.to_str().unwrap().to_owned();
    let to = TranscriptTo {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        path: Some(path.clone()),
    };
    let written: TranscriptView = get(&hall.nodes[5], Request::WriteTranscript(to)).await;
    assert_eq!(written.totals, Some(vec![3, 1]));
    let at = || Request::VerifyTranscript(TranscriptAt { path: path.clone() });
    let checked: TranscriptView = get(&hall.nodes[6], at()).await;
    assert_eq!(checked, written);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let bent: Result<TranscriptView, _> = call(&hall.nodes[6], at()).await;
    assert!(bent.is_err_and(|error| error.code == ErrorCode::BadTranscript));
}

/// The device of a folder, by the name that its person gave.
fn esra(store: &Store, space: SpaceId) -> majlis_core::id::DeviceId {
    let shelf = store.shelf(space);
    let nobody = majlis_core::id::DeviceId::from_bytes([0; 32]);
    let replica = Space::open(space, nobody, &shelf).unwrap();
    let members = replica.roster().members();
    members
        .filter(|row| row.name == "Esra")
        .map(|row| row.device)
        .next()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_risk_leaves_the_paper_box_and_ranks_are_never_called_secret() {
    let hall = Hall::gather().await;
    let host = &hall.nodes[0];
    let risk = RiskView {
        pressure: true,
        stakes: true,
        ..RiskView::default()
    };
    let advice: RiskAdvice = get(host, Request::WeighRisk(risk)).await;
    assert!(advice.paper_only);
    assert_eq!(advice.because, ["stakes", "pressure"]);
    let vote = hall.draft(choice(), "poll").await;
    let asked = hall.open_request(&vote).await;
    let open = |change: &dyn Fn(&mut OpenSecret)| {
        let mut open = asked.clone();
        change(&mut open);
        Request::OpenSecret(open)
    };
    let code = refused(host, open(&|open| open.risk = risk)).await;
    assert_eq!(code, ErrorCode::PaperOnly);
    for change in [
        (|open: &mut OpenSecret| open.threshold = 2) as fn(&mut OpenSecret),
        |open| open.trustees.truncate(1),
        |open| {
            open.trustees.pop();
            let first = open.trustees[0].clone();
            open.trustees.push(first);
        },
        |open| open.minimum = 2,
        |open| open.minimum = 8,
    ] {
        let code = refused(host, open(&change)).await;
        assert_eq!(code, ErrorCode::NotSecret);
    }
    let QuestionKindView::SingleChoice { options } = choice() else {
        panic!("a choice")
    };
    let ranked = hall
        .draft(QuestionKindView::Ranking { options }, "ranked_choice")
        .await;
    let mut as_secret = asked.clone();
    as_secret.consultation = ranked.consultation;
    let refused_open = call::<Nothing>(host, Request::OpenSecret(as_secret)).await;
    let error = refused_open.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotSecret);
    assert_eq!(error.detail.as_deref(), Some("kind"));
    // A member opens nothing.
    let code = refused(&hall.nodes[1], open(&|_| {})).await;
    assert!(matches!(code, ErrorCode::NotAllowed | ErrorCode::NotFound));
    // The same vote that was refused opens once its terms are right.
    let _: Nothing = get(host, open(&|_| {})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trustee_whose_chain_is_set_aside_says_nothing_twice() {
    let mut hall = Hall::gather().await;
    let vote = hall.opened().await;
    let old = tempfile::tempdir().unwrap();
    let form: ConsultationView = get(&hall.nodes[1], Request::Consultation(vote.clone())).await;
    let form: FormId = form.form_id.unwrap().parse().unwrap();
    hall.close(1).await;
    copy(hall.folders[1].path(), old.path());
    hall.nodes[1] = open(hall.folders[1].path(), false).await;
    for who in [0, 1] {
        let _: Nothing = get(&hall.nodes[who], Request::KeepPart(vote.clone())).await;
    }
    hall.meet(&[1]).await;
    let view = shown(&hall.nodes[0], &vote).await;
    let rounds = |view: &SecretView| view.trustees.iter().map(|one| one.rounds).max();
    assert_eq!(rounds(&view), Some(1));

    // The copy of before is put in place, and signs anew where something is signed.
    hall.close(1).await;
    copy(old.path(), hall.folders[1].path());
    let space: SpaceId = hall.at.space.parse().unwrap();
    let lane: LaneId = vote.consultation.parse().unwrap();
    write(hall.folders[1].path(), space, lane, |_| {
        Record::Custody(Custody {
            form,
            said: CustodySaid::Trustee(vec![99]),
            salt: clock::fresh(),
        })
    });
    hall.nodes[1] = open(hall.folders[1].path(), false).await;
    let mut aside = Vec::new();
    for _ in 0..5 {
        hall.meet(&[1, 2]).await;
        let items: Vec<QuarantineItem> =
            get(&hall.nodes[0], Request::Quarantine(hall.at.clone())).await;
        let here = items.iter().filter(|item| item.lane == vote.consultation);
        aside.push(here.count());
    }
    assert_eq!(aside.last(), Some(&2), "{aside:?}");
}

/// The database of a folder, and nothing beside it.
pub(crate) fn copy(from: &Path, to: &Path) {
    for name in ["majlis.sqlite", "majlis.sqlite-wal", "majlis.sqlite-shm"] {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

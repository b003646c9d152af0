//! A device that signs two different things in one place: both are shown, with what they say and what proves it.

use data_encoding::HEXLOWER;
use majlis_core::consultation::Answer;
use majlis_core::id::{LaneId, QuestionId, SpaceId};
use majlis_core::record::{Known, Record, Response, Speaker};
use majlis_node::api::me::Home;
use majlis_node::api::members::{ForksSeen, MemberAct, NotCounting, QuarantineItem, RankName};
use majlis_node::api::outcome::OutcomeView;
use majlis_node::api::process::{AnswerValue, ConsultationView};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};
use majlis_node::clock;

use crate::scene::{carry, found, get, named, open, person, ticket};
use crate::secret::copy;
use crate::secret::hall::write;
use crate::votes::{budget, opened};

#[tokio::test(flavor = "multi_thread")]
async fn two_ballots_signed_in_one_place_are_shown_beside_each_other() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let (folder, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let omar = named(folder.path(), false, "Omar").await;
    let ticket = ticket(amina, &space, RankName::Member).await;
    let join = majlis_node::api::members::JoinSpace { ticket };
    let _: SpaceRef = get(&omar, Request::Join(join)).await;
    carry(amina, &omar, &space).await;
    carry(&omar, amina, &space).await;
    // Told at any time, so that what the ballots say is no secret of an open vote.
    let mut draft = budget();
    draft.activity.as_mut().unwrap().shown = majlis_node::api::activity::ShownName::Always;
    let at = opened(amina, &space, draft).await;
    carry(amina, &omar, &space).await;
    let view: ConsultationView = get(&omar, Request::Consultation(at.clone())).await;
    let question: [u8; 8] = HEXLOWER
        .decode(view.form.questions[0].id.as_bytes())
        .unwrap()
        .try_into()
        .unwrap();
    let form = view.form_id.unwrap().parse().unwrap();
    omar.shutdown().await;
    drop(omar);

    // One database, twice: somebody keeps a copy and votes from both.
    let ids: (SpaceId, LaneId) = (
        space.space.parse().unwrap(),
        at.consultation.parse().unwrap(),
    );
    let vote = |option| {
        write(folder.path(), ids.0, ids.1, |_| {
            Record::Response(Response {
                form,
                speaker: Speaker::Known(Known::Own {
                    supersedes: Vec::new(),
                    salt: clock::fresh(),
                }),
                answers: vec![(
                    QuestionId::from_bytes(question),
                    Answer::Choices(vec![option]),
                )],
            })
        });
    };
    copy(folder.path(), old.path());
    vote(1);
    let omar = open(folder.path(), false).await;
    carry(&omar, amina, &space).await;
    omar.shutdown().await;
    drop(omar);
    copy(old.path(), folder.path());
    vote(2);
    let omar = open(folder.path(), false).await;
    carry(&omar, amina, &space).await;

    // The first page raises it until both statements were looked at; lists and the outcome go on saying it.
    let alarmed = async || {
        let home: Home = get(amina, Request::Home(Nothing {})).await;
        home.alarmed.iter().filter(|one| one.forked).count()
    };
    assert_eq!(alarmed().await, 1);
    for _ in 0..2 {
        let outcome: OutcomeView = get(amina, Request::Outcome(at.clone())).await;
        assert_eq!(outcome.forked, 1);
        assert_eq!(alarmed().await, 1);
    }
    let items: Vec<QuarantineItem> = get(amina, Request::Quarantine(space.clone())).await;
    let seen = async |lane: &str| {
        let seen = Request::ForksSeen(ForksSeen {
            space: space.space.clone(),
            lane: Some(lane.to_owned()),
        });
        let _: Nothing = get(amina, seen).await;
    };
    // Who looked at those of another vote has not looked at these.
    seen(&LaneId::MEMBERSHIP.to_string()).await;
    assert_eq!(alarmed().await, 1);
    seen(&at.consultation).await;
    assert_eq!(alarmed().await, 0);
    let known: ConsultationView = get(amina, Request::Consultation(at.clone())).await;
    assert!(known.summary.forked);
    let outcome: OutcomeView = get(amina, Request::Outcome(at.clone())).await;
    assert_eq!(outcome.forked, 1);
    let both: Vec<_> = items
        .iter()
        .filter(|one| one.reason == NotCounting::AuthorForked)
        .map(|one| (one, one.signed.as_ref().unwrap()))
        .collect();
    let [(one, first), (other, second)] = both.as_slice() else {
        panic!("{items:?}");
    };
    assert_eq!(first.position, second.position);
    assert_eq!((&one.device, &one.lane), (&other.device, &other.lane));
    assert_ne!(first.header, second.header);
    assert_ne!(first.signature, second.signature);
    let said = |signed: &majlis_node::api::members::SignedStatement| {
        assert_eq!(signed.title, view.form.title);
        signed.answers[0].value.clone()
    };
    let (one, other) = (said(first), said(second));
    assert!([&one, &other].contains(&&AnswerValue::Choices(vec![1])));
    assert!([&one, &other].contains(&&AnswerValue::Choices(vec![2])));
    assert!(
        items
            .iter()
            .all(|one| one.signed.is_some() == (one.reason == NotCounting::AuthorForked))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_invites_signed_in_one_place_raise_the_alarm_at_every_vote() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let (folder, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let omar = named(folder.path(), false, "Omar").await;
    let join = majlis_node::api::members::JoinSpace {
        ticket: ticket(amina, &space, RankName::Facilitator).await,
    };
    let _: SpaceRef = get(&omar, Request::Join(join)).await;
    carry(amina, &omar, &space).await;
    carry(&omar, amina, &space).await;
    let at = opened(amina, &space, budget()).await;
    let outcome: OutcomeView = get(amina, Request::Outcome(at.clone())).await;
    assert_eq!((outcome.forked_members, outcome.signers), (0, 2));
    carry(amina, &omar, &space).await;
    omar.shutdown().await;
    drop(omar);

    // One database, twice: somebody keeps a copy and invites from both.
    copy(folder.path(), old.path());
    for again in [false, true] {
        if again {
            copy(old.path(), folder.path());
        }
        let omar = open(folder.path(), false).await;
        ticket(&omar, &space, RankName::Member).await;
        carry(&omar, amina, &space).await;
        omar.shutdown().await;
    }
    let forked = async || {
        let home: Home = get(amina, Request::Home(Nothing {})).await;
        home.forked
            .into_iter()
            .map(|one| one.space)
            .collect::<Vec<_>>()
    };
    assert_eq!(forked().await, std::slice::from_ref(&space.space));
    let outcome: OutcomeView = get(amina, Request::Outcome(at.clone())).await;
    assert_eq!((outcome.forked, outcome.forked_members), (0, 1));
    let items: Vec<QuarantineItem> = get(amina, Request::Quarantine(space.clone())).await;
    let two = items.iter().filter(|one| one.signed.is_some()).count();
    assert!(two >= 2, "{items:?}");
    // In words that people know, and not as a name of bytes.
    let acts: Vec<_> = items
        .iter()
        .filter_map(|one| one.signed.as_ref()?.member.clone())
        .collect();
    let invites = |act: &&MemberAct| matches!(act, MemberAct::Invited { rank: RankName::Member, uses, .. } if *uses > 0);
    assert_eq!(acts.iter().filter(invites).count(), two, "{acts:?}");
    // Who looked is not called again; the outcome goes on saying it.
    let seen = ForksSeen {
        space: space.space.clone(),
        lane: Some(LaneId::MEMBERSHIP.to_string()),
    };
    let _: Nothing = get(amina, Request::ForksSeen(seen)).await;
    assert_eq!(forked().await, Vec::<String>::new());
    let outcome: OutcomeView = get(amina, Request::Outcome(at)).await;
    assert_eq!(outcome.forked_members, 1);
}

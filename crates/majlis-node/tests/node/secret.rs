//! Secret votes over real nodes: trustees make a key by meeting, people vote, and every device opens
//! and verifies the same.

use std::path::Path;
use std::time::Duration;

use majlis_core::consultation::Answer;
use majlis_core::effect::Effect;
use majlis_core::id::{FormId, LaneId, QuestionId, SpaceId};
use majlis_core::record::{Custody, CustodySaid, Known, Record, Response, Speaker};
use majlis_core::sign::Signer as _;
use majlis_core::space::{Command, Input, Space, Surroundings};
use majlis_node::api::activity::{ActivityView, PollRuleView, RuleView, ShownName, VotersName};
use majlis_node::api::members::{JoinSpace, QuarantineItem, RankName};
use majlis_node::api::outcome::{OutcomeView, RecountView, ResultView};
use majlis_node::api::proceedings::StateResult;
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ChoiceView, CloseConsultation, ConsultationDraft, ConsultationNew,
    ConsultationRef, ConsultationView, QuestionKindView, QuestionView, Respond, Responded,
    StageName,
};
use majlis_node::api::secret::{
    BallotAt, BallotSealed, BallotTested, CheckTest, GivePart, NamedView, OpenSecret, RiskAdvice,
    RiskView, SealBallot, SecretStateName, SecretView, TestChecked, TranscriptAt, TranscriptTo,
    TranscriptView,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;
use majlis_node::{clock, keys};
use majlis_store::Store;
use tempfile::TempDir;

use crate::scene::{call, carry, found, get, member, named, open, ticket, verified};

/// The host first; the first five are trustees.
const NAMES: [&str; 7] = ["Amina", "Bilal", "Chidi", "Dara", "Esra", "Fatma", "Gita"];

struct Hall {
    nodes: Vec<Node>,
    folders: Vec<TempDir>,
    at: SpaceRef,
}

impl Hall {
    async fn gather() -> Self {
        let folders: Vec<TempDir> = NAMES.map(|_| tempfile::tempdir().unwrap()).into();
        let mut nodes = Vec::new();
        for (folder, name) in folders.iter().zip(NAMES) {
            nodes.push(named(folder.path(), false, name).await);
        }
        let at = found(&nodes[0]).await;
        let mut tickets = Vec::new();
        for _ in 0..2 {
            tickets.push(ticket(&nodes[0], &at, RankName::Member).await);
        }
        for (number, node) in nodes.iter().enumerate().skip(1) {
            let ticket = tickets[number % 2].clone();
            let _: SpaceRef = get(node, Request::Join(JoinSpace { ticket })).await;
            carry(&nodes[0], node, &at).await;
        }
        let hall = Self { nodes, folders, at };
        hall.meet(&[1, 2, 3, 4, 5, 6]).await;
        hall
    }

    /// Those with these numbers bring the host what they have, and take home what it has.
    async fn meet(&self, who: &[usize]) {
        // A trustee's device looks at what it owes a moment after something came.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for number in who {
            carry(&self.nodes[*number], &self.nodes[0], &self.at).await;
        }
        for number in who {
            carry(&self.nodes[0], &self.nodes[*number], &self.at).await;
        }
    }

    async fn draft(&self, kind: QuestionKindView, poll: &str) -> ConsultationRef {
        let rule = PollRuleView {
            kind: poll.into(),
            none_of_these: None,
            tests: Vec::new(),
            places: 0,
            tie: Vec::new(),
        };
        let draft = ConsultationDraft {
            details: None,
            title: "Who chairs?".into(),
            description: String::new(),
            audience: String::new(),
            stage: StageName::Decide,
            questions: vec![QuestionView {
                details: None,
                id: String::new(),
                label: "Who?".into(),
                hint: String::new(),
                required: true,
                kind,
            }],
            activity: Some(ActivityView {
                rule: RuleView::Poll(rule),
                voters: VotersName::Members,
                shown: ShownName::AfterClose,
                roll: None,
                quorum: None,
            }),
        };
        let space = self.at.space.clone();
        get(
            &self.nodes[0],
            Request::NewConsultation(ConsultationNew { space, draft }),
        )
        .await
    }

    async fn open_request(&self, vote: &ConsultationRef) -> OpenSecret {
        let mut trustees = Vec::new();
        for name in &NAMES[..5] {
            trustees.push(member(&self.nodes[0], &self.at, name).await.device);
        }
        OpenSecret {
            space: vote.space.clone(),
            consultation: vote.consultation.clone(),
            risk: RiskView::default(),
            trustees,
            threshold: 3,
            minimum: 3,
        }
    }

    async fn opened(&self) -> ConsultationRef {
        let vote = self.draft(choice(), "poll").await;
        let open = self.open_request(&vote).await;
        let _: Nothing = get(&self.nodes[0], Request::OpenSecret(open)).await;
        self.meet(&[1, 2, 3, 4, 5, 6]).await;
        vote
    }

    async fn make_key(&self, vote: &ConsultationRef) {
        for node in &self.nodes[..5] {
            let _: Nothing = get(node, Request::KeepPart(vote.clone())).await;
        }
        for _ in 0..4 {
            self.meet(&[1, 2, 3, 4, 5, 6]).await;
        }
        for node in &self.nodes {
            let view = shown(node, vote).await;
            assert_eq!(view.state, SecretStateName::Open, "{view:?}");
            assert!(view.trustees.iter().all(|one| one.rounds == 3));
        }
    }

    async fn vote(&self, who: usize, vote: &ConsultationRef, option: usize) -> String {
        let node = &self.nodes[who];
        let sealed = sealed(node, vote, option).await;
        let _: Responded = get(node, Request::CastBallot(ballot(vote, &sealed))).await;
        sealed.receipt
    }

    /// Closes somebody's node; another one stands in its place until it is opened again.
    async fn close(&mut self, who: usize) {
        self.nodes[who].shutdown().await;
        // The folder is let go of with the last clone of its node.
        let folder = tempfile::tempdir().unwrap();
        let spare = named(folder.path(), false, "Nobody").await;
        drop(std::mem::replace(&mut self.nodes[who], spare));
    }

    /// Signs a record on somebody's device behind the back of their program.
    async fn forge(
        &mut self,
        who: usize,
        vote: &ConsultationRef,
        record: impl FnOnce(FormId, QuestionId, &Store) -> Record,
    ) {
        let form: ConsultationView =
            get(&self.nodes[who], Request::Consultation(vote.clone())).await;
        let path = self.folders[who].path().to_path_buf();
        self.close(who).await;
        let space: SpaceId = self.at.space.parse().unwrap();
        let lane: LaneId = vote.consultation.parse().unwrap();
        let form_id: FormId = form.form_id.unwrap().parse().unwrap();
        let asked = u64::from_str_radix(&form.form.questions[0].id, 16).unwrap();
        let asked = QuestionId::from_bytes(asked.to_be_bytes());
        write(&path, space, lane, |store| record(form_id, asked, store));
        self.nodes[who] = open(&path, false).await;
    }
}

fn write(path: &Path, space: SpaceId, lane: LaneId, record: impl FnOnce(&Store) -> Record) {
    let key = keys::open(path, None).unwrap().of(space, 0);
    let store = Store::open(&path.join("majlis.sqlite")).unwrap();
    let record = Box::new(record(&store));
    let shelf = store.shelf(space);
    let mut replica = Space::open(space, key.device(), &shelf).unwrap();
    let surroundings = Surroundings {
        shelf: &shelf,
        signer: &key,
        now: clock::now(),
    };
    let command = Command::Record {
        lane,
        record,
        seal: true,
    };
    let effects = replica
        .handle(Input::Command(command), &surroundings)
        .unwrap();
    assert!(effects.reply.is_some_and(|reply| reply.is_ok()));
    for effect in effects.list {
        if let Effect::Persist(writes) = effect {
            store.persist(space, &writes).unwrap();
        }
    }
}

fn choice() -> QuestionKindView {
    let option = |label: &str| ChoiceView {
        details: None,
        id: 0,
        label: label.into(),
        project: None,
    };
    QuestionKindView::SingleChoice {
        options: vec![option("Hana"), option("Idris")],
    }
}

async fn shown(node: &Node, vote: &ConsultationRef) -> SecretView {
    let view: Option<SecretView> = get(node, Request::SecretVote(vote.clone())).await;
    view.unwrap()
}

async fn option(node: &Node, vote: &ConsultationRef, option: usize) -> (String, AnswerValue) {
    let view: ConsultationView = get(node, Request::Consultation(vote.clone())).await;
    let question = &view.form.questions[0];
    let QuestionKindView::SingleChoice { options } = &question.kind else {
        panic!("a choice")
    };
    let answer = AnswerValue::Choices(vec![options[option].id]);
    (question.id.clone(), answer)
}

async fn seal(node: &Node, vote: &ConsultationRef, chosen: usize) -> Request {
    Request::SealBallot(SealBallot {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        answer: option(node, vote, chosen).await.1,
    })
}

async fn sealed(node: &Node, vote: &ConsultationRef, chosen: usize) -> BallotSealed {
    get(node, seal(node, vote, chosen).await).await
}

fn ballot(vote: &ConsultationRef, sealed: &BallotSealed) -> BallotAt {
    BallotAt {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        receipt: sealed.receipt.clone(),
    }
}

async fn refused(node: &Node, request: Request) -> ErrorCode {
    let name = request.name();
    let answer = call::<serde_json::Value>(node, request).await;
    answer.map_err(|error| error.code).expect_err(name)
}

/// What became of the ballots with this receipt; a copy has the receipt of what it copies.
fn fates<'v>(view: &'v SecretView, receipt: &str) -> Vec<&'v str> {
    let listed = view.ballots.iter().filter(|one| one.receipt == receipt);
    listed.map(|one| one.fate.as_str()).collect()
}

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
    hall.make_key(&vote).await;

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
fn copy(from: &Path, to: &Path) {
    for name in ["majlis.sqlite", "majlis.sqlite-wal", "majlis.sqlite-shm"] {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

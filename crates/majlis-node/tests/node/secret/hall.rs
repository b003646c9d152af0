//! Seven people with devices of their own, five of whom are trustees, and what they do together.

use std::path::Path;
use std::time::Duration;

use majlis_core::effect::Effect;
use majlis_core::id::{FormId, LaneId, QuestionId, SpaceId};
use majlis_core::record::Record;
use majlis_core::sign::Signer as _;
use majlis_core::space::{Command, Input, Space, Surroundings};
use majlis_node::api::activity::{ActivityView, PollRuleView, RuleView, ShownName, VotersName};
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::process::{
    AnswerValue, ChoiceView, ConsultationDraft, ConsultationNew, ConsultationRef, ConsultationView,
    QuestionKindView, QuestionView, Responded, StageName,
};
use majlis_node::api::secret::{
    BallotAt, BallotSealed, OpenSecret, RiskView, SealBallot, SecretStateName, SecretView,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;
use majlis_node::{clock, keys};
use majlis_store::Store;
use tempfile::TempDir;

use crate::scene::{call, carry, found, get, member, named, open, ticket};

/// The host first; the first five are trustees.
pub(super) const NAMES: [&str; 7] = ["Amina", "Bilal", "Chidi", "Dara", "Esra", "Fatma", "Gita"];

pub(super) struct Hall {
    pub(super) nodes: Vec<Node>,
    pub(super) folders: Vec<TempDir>,
    pub(super) at: SpaceRef,
}

impl Hall {
    pub(super) async fn gather() -> Self {
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
    pub(super) async fn meet(&self, who: &[usize]) {
        // A trustee's device looks at what it owes a moment after something came.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for number in who {
            carry(&self.nodes[*number], &self.nodes[0], &self.at).await;
        }
        for number in who {
            carry(&self.nodes[0], &self.nodes[*number], &self.at).await;
        }
    }

    pub(super) async fn draft(&self, kind: QuestionKindView, poll: &str) -> ConsultationRef {
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
                least: 0,
            }),
        };
        let space = self.at.space.clone();
        get(
            &self.nodes[0],
            Request::NewConsultation(ConsultationNew { space, draft }),
        )
        .await
    }

    pub(super) async fn open_request(&self, vote: &ConsultationRef) -> OpenSecret {
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

    pub(super) async fn opened(&self) -> ConsultationRef {
        let vote = self.draft(choice(), "poll").await;
        let open = self.open_request(&vote).await;
        let _: Nothing = get(&self.nodes[0], Request::OpenSecret(open)).await;
        self.meet(&[1, 2, 3, 4, 5, 6]).await;
        vote
    }

    pub(super) async fn make_key(&self, vote: &ConsultationRef) {
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

    pub(super) async fn vote(&self, who: usize, vote: &ConsultationRef, option: usize) -> String {
        let node = &self.nodes[who];
        let sealed = sealed(node, vote, option).await;
        let _: Responded = get(node, Request::CastBallot(ballot(vote, &sealed))).await;
        sealed.receipt
    }

    /// Closes somebody's node; another one stands in its place until it is opened again.
    pub(super) async fn close(&mut self, who: usize) {
        self.nodes[who].shutdown().await;
        // The folder is let go of with the last clone of its node.
        let folder = tempfile::tempdir().unwrap();
        let spare = named(folder.path(), false, "Nobody").await;
        drop(std::mem::replace(&mut self.nodes[who], spare));
    }

    /// Signs a record on somebody's device behind the back of their program.
    pub(super) async fn forge(
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

pub(crate) fn write(
    path: &Path,
    space: SpaceId,
    lane: LaneId,
    record: impl FnOnce(&Store) -> Record,
) {
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

pub(super) fn choice() -> QuestionKindView {
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

pub(super) async fn shown(node: &Node, vote: &ConsultationRef) -> SecretView {
    let view: Option<SecretView> = get(node, Request::SecretVote(vote.clone())).await;
    view.unwrap()
}

pub(super) async fn option(
    node: &Node,
    vote: &ConsultationRef,
    option: usize,
) -> (String, AnswerValue) {
    let view: ConsultationView = get(node, Request::Consultation(vote.clone())).await;
    let question = &view.form.questions[0];
    let QuestionKindView::SingleChoice { options } = &question.kind else {
        panic!("a choice")
    };
    let answer = AnswerValue::Choices(vec![options[option].id]);
    (question.id.clone(), answer)
}

pub(super) async fn seal(node: &Node, vote: &ConsultationRef, chosen: usize) -> Request {
    Request::SealBallot(SealBallot {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        answer: option(node, vote, chosen).await.1,
    })
}

pub(super) async fn sealed(node: &Node, vote: &ConsultationRef, chosen: usize) -> BallotSealed {
    get(node, seal(node, vote, chosen).await).await
}

pub(super) fn ballot(vote: &ConsultationRef, sealed: &BallotSealed) -> BallotAt {
    BallotAt {
        space: vote.space.clone(),
        consultation: vote.consultation.clone(),
        receipt: sealed.receipt.clone(),
    }
}

pub(super) async fn refused(node: &Node, request: Request) -> ErrorCode {
    let name = request.name();
    let answer = call::<serde_json::Value>(node, request).await;
    answer.map_err(|error| error.code).expect_err(name)
}

/// What became of the ballots with this receipt; a copy has the receipt of what it copies.
pub(super) fn fates<'v>(view: &'v SecretView, receipt: &str) -> Vec<&'v str> {
    let listed = view.ballots.iter().filter(|one| one.receipt == receipt);
    listed.map(|one| one.fate.as_str()).collect()
}

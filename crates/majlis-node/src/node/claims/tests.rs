//! Answers that officers make to look like somebody else's: what a receipt finds all the same.

use std::path::Path;

use majlis_core::consultation::Answer;
use majlis_core::record::{Assisted, AssistedMode, Speaker};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::*;
use crate::api::carry::{CarryExport, CarryImported, CarryPath, CarryWritten};
use crate::api::me::SetProfile;
use crate::api::media::MediaPolicyName;
use crate::api::members::{CreateInvite, InviteCreated, JoinSpace, RankName};
use crate::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, ChoiceView, ConsultationDraft,
    ConsultationNew, ConsultationRef, ConsultationView, QuestionKindView, QuestionView, Respond,
    ResponsePage, ResponsesQuery, StageName, WithdrawResponse,
};
use crate::api::results::ResultsView;
use crate::api::space::{FoundSpace, SpaceFounded, SpaceRef};
use crate::api::{Nothing, Request};
use crate::node::NodeConfig;

pub(in crate::node) async fn call<T: DeserializeOwned>(
    node: &Node,
    request: Request,
) -> Result<T, ApiError> {
    let answer = node.call(request).await?;
    Ok(serde_json::from_value(serde_json::to_value(answer).unwrap()).unwrap())
}

pub(in crate::node) async fn get<T: DeserializeOwned>(node: &Node, request: Request) -> T {
    let name = request.name();
    let answer = call(node, request).await;
    answer.unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

async fn named(folder: &Path, name: &str) -> Node {
    let node = Node::open(NodeConfig::new(folder.to_path_buf(), None)).await;
    let node = node.unwrap();
    let profile = SetProfile {
        name: Some(name.to_owned()),
        ..SetProfile::default()
    };
    node.call(Request::SetProfile(profile)).await.unwrap();
    node
}

pub(in crate::node) async fn carry(from: &Node, to: &Node, at: &ConsultationRef) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("carried.majlis");
    let export = CarryExport {
        space: at.space.clone(),
        path: Some(path.to_str().unwrap().to_owned()),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let written: CarryWritten = get(from, Request::ExportCarry(export)).await;
    let path = written.paths[0].clone();
    let taken: CarryImported = get(to, Request::ImportCarry(CarryPath { path })).await;
    assert!(taken.whole, "{taken:?}");
}

/// An officer, another one who is no friend of hers, and somebody with a receipt.
pub(in crate::node) struct Scene {
    pub(in crate::node) amina: Node,
    pub(in crate::node) basil: Node,
    salma: Node,
    pub(in crate::node) at: ConsultationRef,
    pub(in crate::node) question: String,
    /// A second question, which nobody has to answer.
    pub(in crate::node) why: String,
    _folders: Vec<TempDir>,
}

pub(in crate::node) async fn scene() -> Scene {
    let folders: Vec<TempDir> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let amina = named(folders[0].path(), "Amina").await;
    let found = FoundSpace {
        name: "Ain Safa".into(),
        purpose: "Water".into(),
        charter: "All may take part.".into(),
    };
    let SpaceFounded { space, .. } = get(&amina, Request::FoundSpace(found)).await;
    let option = |label: &str| ChoiceView {
        details: None,
        id: 0,
        label: label.into(),
        project: None,
    };
    let question = |label: &str, required, kind| QuestionView {
        details: None,
        id: String::new(),
        label: label.into(),
        hint: String::new(),
        required,
        kind,
    };
    let options = vec![option("Well"), option("Lamps"), option("Bench")];
    let draft = ConsultationDraft {
        title: "Spring".into(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Consult,
        questions: vec![
            question("Which?", true, QuestionKindView::SingleChoice { options }),
            question("Why?", false, QuestionKindView::Text),
        ],
        activity: None,
        details: None,
    };
    let new = ConsultationNew { space, draft };
    let at: ConsultationRef = get(&amina, Request::NewConsultation(new)).await;
    let _: Nothing = get(&amina, Request::OpenConsultation(at.clone())).await;
    let view: ConsultationView = get(&amina, Request::Consultation(at.clone())).await;
    let mut joined = Vec::new();
    for (name, rank, folder) in [
        ("Basil", RankName::Facilitator, &folders[1]),
        ("Salma", RankName::Facilitator, &folders[2]),
    ] {
        let node = named(folder.path(), name).await;
        let create = CreateInvite {
            space: at.space.clone(),
            rank,
            uses: 1,
            label: String::new(),
        };
        let InviteCreated { ticket, .. } = get(&amina, Request::Invite(create)).await;
        let _: SpaceRef = get(&node, Request::Join(JoinSpace { ticket })).await;
        carry(&amina, &node, &at).await;
        carry(&node, &amina, &at).await;
        joined.push(node);
    }
    let salma = joined.pop().unwrap();
    let basil = joined.pop().unwrap();
    carry(&amina, &basil, &at).await;
    carry(&amina, &salma, &at).await;
    Scene {
        amina,
        basil,
        salma,
        at,
        question: view.form.questions[0].id.clone(),
        why: view.form.questions[1].id.clone(),
        _folders: folders,
    }
}

impl Scene {
    pub(in crate::node) fn answer(&self, option: u16, slot: Option<&str>) -> Request {
        Request::Respond(Respond {
            space: self.at.space.clone(),
            consultation: self.at.consultation.clone(),
            answers: vec![AnswerTo {
                question: self.question.clone(),
                value: AnswerValue::Choices(vec![option]),
            }],
            assisted: Some(AssistedView {
                mode: AssistedModeName::Spoken,
                consent: true,
                note: String::new(),
            }),
            slot: slot.map(str::to_owned),
        })
    }

    fn take_back(&self, code: &str) -> Request {
        Request::Withdraw(WithdrawResponse {
            space: self.at.space.clone(),
            consultation: self.at.consultation.clone(),
            slot: Some(code.to_owned()),
        })
    }

    fn claim(&self, code: &str, slot: &str, keep: ClaimKeep) -> Request {
        Request::Claim(ClaimSlot {
            space: self.at.space.clone(),
            consultation: self.at.consultation.clone(),
            code: code.to_owned(),
            slot: slot.to_owned(),
            keep,
        })
    }

    async fn shown(&self, node: &Node, code: &str) -> Vec<ReceiptView> {
        let shown = ShownReceipt {
            code: code.to_owned(),
            space: None,
        };
        get(node, Request::ReadReceipt(shown)).await
    }

    async fn counted(&self, node: &Node) -> (u32, u32) {
        let view: ResultsView = get(node, Request::Results(self.at.clone())).await;
        (view.counted.own, view.counted.assisted)
    }

    /// What officers wrote for a code, as the entries have it.
    async fn list(&self, node: &Node, code: &str) -> ResponsePage {
        let query = ResponsesQuery {
            space: self.at.space.clone(),
            consultation: self.at.consultation.clone(),
            mine: false,
            counted: false,
            slots: Vec::new(),
            text: code.to_owned(),
            offset: 0,
            limit: 0,
        };
        get(node, Request::Responses(query)).await
    }

    /// An answer with a claim that somebody makes without our programs.
    async fn forge(
        &self,
        node: &Node,
        option: u16,
        claim: impl FnOnce(&Desk) -> majlis_core::id::Claim + Send + 'static,
    ) {
        let lane = lane(&self.at.consultation).unwrap();
        let forged = node.at(&self.at.space, move |desk| {
            let (_, opening) = desk.opened(lane)?;
            let question = opening.form.questions[0].id;
            let assisted = Assisted {
                mode: AssistedMode::Spoken,
                consent: true,
                note: String::new(),
            };
            let claim = claim(desk);
            let record = Box::new(Record::Response(Response {
                form: opening.form_id,
                speaker: Speaker::New { claim, assisted },
                answers: vec![(question, Answer::Choices(vec![option]))],
            }));
            let seal = true;
            desk.command(Command::Record { lane, record, seal })?;
            Ok(())
        });
        forged.await.unwrap();
    }

    /// Everybody hears from everybody.
    async fn meet(&self) {
        for (from, to) in [
            (&self.amina, &self.basil),
            (&self.salma, &self.basil),
            (&self.basil, &self.amina),
            (&self.basil, &self.salma),
        ] {
            carry(from, to, &self.at).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_another_officer_copies_hides_no_answer() {
    let scene = scene().await;
    let Scene {
        amina,
        basil,
        salma,
        ..
    } = &scene;
    let taken: Responded = get(amina, scene.answer(2, None)).await;
    let (slot, code) = (taken.slot, taken.claim.unwrap());
    scene.meet().await;
    // Basil reads the claim in her record, which everybody holds, and puts it into one of his.
    let lane = lane(&scene.at.consultation).unwrap();
    let of: SlotId = slot.parse().unwrap();
    let copied = move |desk: &Desk| {
        let voice = desk.voice(lane, of).unwrap();
        match &voice.versions[0].said {
            Said::Response(Response {
                speaker: Speaker::New { claim, .. },
                ..
            }) => *claim,
            other => panic!("{other:?}"),
        }
    };
    scene.forge(basil, 3, copied).await;
    scene.meet().await;
    assert_eq!(scene.counted(salma).await, (0, 2));
    for node in [amina, basil, salma] {
        let found = scene.shown(node, &code).await;
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].slot, found[0].by.as_str()), (&slot, "Amina"));
        assert_eq!(found[0].answers[0].value, AnswerValue::Choices(vec![2]));
        let listed = scene.list(node, &code).await;
        assert!(listed.responses.iter().all(|one| one.slot == slot));
    }
    // Whoever corrects or takes back by the code has hers, and no other.
    let corrected: Responded = get(basil, scene.answer(1, Some(&code))).await;
    assert_eq!(corrected.slot, slot);
    let _: Nothing = get(basil, scene.take_back(&code)).await;
    assert_eq!(scene.counted(basil).await, (0, 1));
    let _: Responded = get(salma, scene.claim(&code, &slot, ClaimKeep::Entered)).await;
    assert_eq!(scene.counted(salma).await, (1, 1));
    let of_mine = scene.list(salma, &code).await;
    assert_eq!(of_mine.responses[0].claimed_by, ["Salma"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_an_earlier_receipt_are_listed_and_not_taken_for_it() {
    let scene = scene().await;
    let Scene {
        amina,
        basil,
        salma,
        ..
    } = &scene;
    let lane = lane(&scene.at.consultation).unwrap();
    let code = ClaimCode::new([7; 8]);
    let earlier = code.holder(lane).earlier();
    scene.forge(amina, 2, move |_| earlier).await;
    scene.forge(basil, 3, move |_| earlier).await;
    scene.meet().await;
    let code = code.to_string();
    let found = scene.shown(salma, &code).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|one| one.bar == Some(ClaimBar::Earlier)));
    assert_ne!(found[0].by, found[1].by);
    let claimed = call::<Responded>(
        salma,
        scene.claim(&code, &found[0].slot, ClaimKeep::Entered),
    );
    assert_eq!(claimed.await.unwrap_err().code, ErrorCode::NotAllowed);
    // A third officer picks one from the list; the one who entered it goes on from her own.
    for request in [scene.answer(1, Some(&code)), scene.take_back(&code)] {
        let refused = call::<serde_json::Value>(salma, request).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::SeveralAnswers);
    }
    assert_eq!(scene.list(salma, &code).await.total, 2);
    let mine = found.iter().find(|one| one.by == "Amina").unwrap();
    let corrected: Responded = get(amina, scene.answer(1, Some(&code))).await;
    assert_eq!(corrected.slot, mine.slot);
    let picked: Responded = get(salma, scene.answer(1, Some(&mine.slot))).await;
    assert_eq!(picked.slot, mine.slot);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_a_code_proves_gives_way_with_what_is_claimed() {
    let scene = scene().await;
    let Scene {
        amina,
        basil,
        salma,
        ..
    } = &scene;
    let taken: Responded = get(amina, scene.answer(2, None)).await;
    let (slot, text) = (taken.slot, taken.claim.unwrap());
    // Somebody told Basil the code, and he enters another answer under it.
    let lane = lane(&scene.at.consultation).unwrap();
    let code: ClaimCode = text.parse().unwrap();
    let known = move |desk: &Desk| code.holder(lane).claim(desk.key.device());
    scene.meet().await;
    scene.forge(basil, 3, known).await;
    scene.meet().await;
    let found = scene.shown(salma, &text).await;
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|one| one.bar.is_none() && one.elsewhere == 0)
    );
    let elsewhere = "no such answer";
    let refused = call::<Responded>(salma, scene.claim(&text, elsewhere, ClaimKeep::Entered)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotFound);
    let _: Responded = get(salma, scene.claim(&text, &slot, ClaimKeep::Entered)).await;
    assert_eq!(scene.counted(salma).await, (1, 0));
    let found = scene.shown(salma, &text).await;
    assert!(found.iter().all(|one| one.mine && one.elsewhere == 1));
    let own = found[0].own.as_ref().unwrap();
    assert_eq!(own.answers[0].value, AnswerValue::Choices(vec![2]));
    scene.meet().await;
    assert_eq!(scene.counted(basil).await, (1, 0));
}

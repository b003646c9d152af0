//! What hostile keepers, openers and members can do to sealed answers: little, and it shows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it must be"
)]

use majlis_core::consultation::Answer;
use majlis_core::consultation::published::{Published, Publishing};
use majlis_core::id::QuestionId;
use majlis_core::record::{Known, Response, Speaker};
use tempfile::TempDir;

use super::*;
use crate::api::carry::{CarryExport, CarryPath};
use crate::api::me::SetProfile;
use crate::api::media::MediaPolicyName;
use crate::api::members::{CreateInvite, JoinSpace, RankName};
use crate::api::process::{
    AnswerTo, AnswerValue, CloseConsultation, ConsultationDraft, ConsultationNew, QuestionKindView,
    QuestionView, Respond, ResponsesQuery, StageName,
};
use crate::api::results::Figures;
use crate::api::sealing::SealedPart;
use crate::api::space::FoundSpace;
use crate::node::NodeConfig;

const WHAT: &str = "0000000000000001";

struct Person {
    node: Node,
    folder: TempDir,
}

async fn person(name: &str) -> Person {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig::new(folder.path().to_path_buf(), None);
    let node = Node::open(config).await.unwrap();
    let profile = SetProfile {
        name: Some(name.to_owned()),
        ..SetProfile::default()
    };
    node.set_profile(profile).await.unwrap();
    Person { node, folder }
}

async fn carry(from: &Person, to: &Person, space: &str) {
    let path = from.folder.path().join("carried.majlis");
    let path = path.to_str().unwrap().to_owned();
    let export = CarryExport {
        space: space.to_owned(),
        path: Some(path.clone()),
        part_size: None,
        media: MediaPolicyName::All,
    };
    from.node.export_carry(export).await.unwrap();
    let taken = to.node.import_carry(CarryPath { path: path.clone() });
    assert!(taken.await.unwrap().whole);
    std::fs::remove_file(path).unwrap();
}

/// Amina, who founded, and Bilal, who joined, keep the key together; Dara is a member.
struct Scene {
    people: Vec<Person>,
    space: String,
    at: ConsultationRef,
    lane: LaneId,
}

impl Scene {
    async fn new(open: impl FnOnce(&mut SealedQuestions) + Send + 'static) -> Self {
        let mut people = vec![person("Amina").await];
        let amina = &people[0].node;
        let found = FoundSpace {
            name: "Ain Safa".into(),
            purpose: String::new(),
            charter: String::new(),
        };
        let space = amina.found_space(found).await.unwrap().space;
        for (name, rank) in [("Bilal", RankName::Facilitator), ("Dara", RankName::Member)] {
            let invite = CreateInvite {
                space: space.clone(),
                rank,
                uses: 1,
                label: String::new(),
            };
            let ticket = people[0].node.invite(invite).await.unwrap().ticket;
            let one = person(name).await;
            one.node.join(JoinSpace { ticket }).await.unwrap();
            carry(&people[0], &one, &space).await;
            carry(&one, &people[0], &space).await;
            people.push(one);
        }
        let question = QuestionView {
            id: WHAT.into(),
            label: "What?".into(),
            hint: String::new(),
            required: false,
            kind: QuestionKindView::Text,
            details: None,
        };
        let draft = ConsultationDraft {
            title: "Health".into(),
            description: String::new(),
            audience: String::new(),
            stage: StageName::Consult,
            questions: vec![question],
            activity: None,
            details: None,
        };
        let new = ConsultationNew {
            space: space.clone(),
            draft,
        };
        let amina = &people[0].node;
        let at = amina.new_consultation(new).await.unwrap();
        let lane = lane(&at.consultation).unwrap();
        let devices = [
            device(&people[0], &space).await,
            device(&people[1], &space).await,
        ];
        let plan = OpenSealed {
            space: space.clone(),
            consultation: at.consultation.clone(),
            questions: vec![WHAT.into()],
            keepers: devices.iter().map(ToString::to_string).collect(),
            threshold: 2,
        };
        let opened = amina.at(&space, move |desk| {
            let mut form = desk.form_to_open(lane)?;
            let mut sealing = desk.sealing_of(lane, &form, &plan)?;
            let Sealing::Answers(sealed) = &mut sealing else {
                panic!("answers are sealed");
            };
            open(sealed);
            form.sealing = Some(Box::new(sealing));
            desk.open_form(lane, form)
        });
        opened.await.unwrap();
        let scene = Self {
            people,
            space,
            at,
            lane,
        };
        scene.amina_gives().await;
        scene
    }

    async fn amina_gives(&self) {
        for other in &self.people[1..] {
            carry(&self.people[0], other, &self.space).await;
        }
    }

    async fn amina_gets(&self) {
        for other in &self.people[1..] {
            carry(other, &self.people[0], &self.space).await;
        }
    }

    async fn view(&self, who: usize) -> SealingView {
        let view = self.people[who].node.sealing(self.at.clone()).await;
        view.unwrap().unwrap()
    }

    async fn state(&self, who: usize, said: CustodySaid) {
        let lane = self.lane;
        let stated = self.people[who].node.at(&self.space, move |desk| {
            let (_, opening) = desk.opened(lane)?;
            desk.state_custody(lane, &opening, said)
        });
        stated.await.unwrap();
    }

    async fn respond(&self, who: usize, text: &str) {
        let respond = Respond {
            space: self.space.clone(),
            consultation: self.at.consultation.clone(),
            answers: vec![AnswerTo {
                question: WHAT.into(),
                value: AnswerValue::Text(text.into()),
            }],
            assisted: None,
            slot: None,
        };
        self.people[who].node.respond(respond).await.unwrap();
    }

    /// What somebody's own answer that counts carries sealed.
    async fn piece(&self, who: usize) -> Vec<u8> {
        let lane = self.lane;
        let found = self.people[who].node.at(&self.space, move |desk| {
            let voice = desk.voice(lane, desk.own_slot(lane).unwrap())?;
            let said = voice.counted().unwrap().said.clone();
            let majlis_core::consultation::count::Said::Response(response) = said else {
                panic!("a response")
            };
            let [(_, Answer::Sealed(piece))] = response.answers.as_slice() else {
                panic!("sealed")
            };
            Ok(piece.clone())
        });
        found.await.unwrap()
    }

    /// Hands in a sealed piece as it is.
    async fn hand_in(&self, who: usize, piece: Vec<u8>) {
        let lane = self.lane;
        let done = self.people[who].node.at(&self.space, move |desk| {
            let (_, opening) = desk.opened(lane)?;
            let record = Box::new(Record::Response(Response {
                form: opening.form_id,
                speaker: Speaker::Known(Known::Own {
                    supersedes: Vec::new(),
                    salt: clock::fresh(),
                }),
                answers: vec![(
                    QuestionId::from_bytes([0, 0, 0, 0, 0, 0, 0, 1]),
                    Answer::Sealed(piece),
                )],
            }));
            desk.command(Command::Record {
                lane,
                record,
                seal: true,
            })?;
            Ok(())
        });
        done.await.unwrap();
    }
}

async fn device(person: &Person, space: &str) -> DeviceId {
    let me = person.node.at(space, |desk| Ok(desk.space.me()));
    me.await.unwrap()
}

#[tokio::test]
async fn a_keeper_who_gives_something_else_is_named() {
    let scene = Scene::new(|_| ()).await;
    scene.respond(2, "ill").await;
    scene.amina_gets().await;
    let amina = device(&scene.people[0], &scene.space).await;
    let lane = scene.lane;
    // Sealed as it should be, but no part of the key.
    let wrong = scene.people[1].node.at(&scene.space, move |desk| {
        let (_, opening) = desk.opened(lane)?;
        let key = opening.form.sealed().unwrap().key;
        let part = Part::from_bytes(number_of(1).unwrap(), &[7; 32]);
        let sealed = desk
            .place(lane)
            .seal_part(Purpose::Released, &key, &part, amina);
        let sealed = sealed.unwrap();
        Ok(HeldShare {
            device: amina,
            sealed,
        })
    });
    let wrong = wrong.await.unwrap();
    scene.state(1, CustodySaid::Released(vec![wrong])).await;
    scene.amina_gets().await;
    let view = scene.view(0).await;
    assert_eq!(view.keepers[1].name, "Bilal");
    assert_eq!(view.keepers[1].part, PartState::Wrong);
    assert!(!view.readable);
    // Who is no keeper has nothing to give, whatever they say.
    let nothing = HeldShare {
        device: amina,
        sealed: vec![1; 80],
    };
    scene.state(2, CustodySaid::Released(vec![nothing])).await;
    // The right part makes up for it, and comes from the same keeper.
    scene.people[1]
        .node
        .release_part(scene.at.clone())
        .await
        .unwrap();
    scene.amina_gets().await;
    let view = scene.view(0).await;
    assert_eq!(view.keepers[1].part, PartState::Given);
    assert!(view.readable);
    let results = scene.people[0]
        .node
        .results(scene.at.clone())
        .await
        .unwrap();
    let Figures::Texts { texts } = &results.questions[0].figures else {
        panic!("texts")
    };
    assert_eq!(texts[0].text, "ill");
}

#[tokio::test]
async fn an_opener_who_gives_out_no_parts_is_noticed_by_the_keeper() {
    let scene = Scene::new(|sealed| {
        let share = &mut sealed.keepers[1].devices[0].sealed;
        share[40] ^= 1;
    })
    .await;
    assert!(scene.view(1).await.spoiled && !scene.view(0).await.spoiled);
    let refused = scene.people[1].node.release_part(scene.at.clone()).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::SealedAway);
}

#[tokio::test]
async fn a_piece_that_was_changed_or_moved_is_flagged_and_counts_for_nothing_inside() {
    let scene = Scene::new(|_| ()).await;
    scene.respond(0, "ill").await;
    let piece = scene.piece(0).await;
    // Dara says what Amina said, without knowing what it is; Bilal what nobody said.
    scene.hand_in(2, piece.clone()).await;
    let mut changed = piece;
    changed[100] ^= 1;
    scene.hand_in(1, changed).await;
    scene.people[1]
        .node
        .release_part(scene.at.clone())
        .await
        .unwrap();
    scene.amina_gets().await;
    let amina = &scene.people[0].node;
    let results = amina.results(scene.at.clone()).await.unwrap();
    assert_eq!((results.counted.all, results.unread), (3, 2));
    assert_eq!(results.questions[0].answered.all, 1);
    let query = ResponsesQuery {
        counted: false,
        slots: Vec::new(),
        space: scene.space.clone(),
        consultation: scene.at.consultation.clone(),
        mine: false,
        text: String::new(),
        offset: 0,
        limit: 0,
    };
    let page = amina.responses(query).await.unwrap();
    let spoiled = page.responses.iter();
    let spoiled = spoiled.filter(|one| one.sealed == Some(SealedPart::Spoiled));
    assert_eq!(spoiled.count(), 2);

    // Figures of somebody who holds no part are not shown; wrong ones of a keeper are told apart.
    let close = CloseConsultation {
        space: scene.space.clone(),
        consultation: scene.at.consultation.clone(),
        note: String::new(),
    };
    amina.close_consultation(close).await.unwrap();
    let publish = PublishFigures {
        space: scene.space.clone(),
        consultation: scene.at.consultation.clone(),
        least: 3,
    };
    amina.publish_figures(publish).await.unwrap();
    let lane = scene.lane;
    let false_ones = scene.people[1].node.at(&scene.space, move |desk| {
        let (_, opening) = desk.opened(lane)?;
        let told = Publishing::new(&opening.form).finish(5);
        Ok(Published { read: 900, ..told })
    });
    let false_ones = false_ones.await.unwrap();
    scene.state(1, CustodySaid::Published(false_ones)).await;
    scene.amina_gets().await;
    let view = scene.view(0).await;
    let told = view.published.iter();
    let told: Vec<_> = told.map(|one| (one.by.as_str(), one.agrees)).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&("Amina", Some(true))) && told.contains(&("Bilal", Some(false))));
    let own = view.published.iter().find(|one| one.by == "Amina").unwrap();
    assert_eq!((own.read, own.unread), (1, 2));
}

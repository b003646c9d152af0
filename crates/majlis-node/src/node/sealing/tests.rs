//! What hostile keepers, openers and members can do to sealed answers: little, and it shows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it must be"
)]

use majlis_core::consultation::Answer;
use majlis_core::consultation::published::Published;
use majlis_core::id::QuestionId;
use majlis_core::record::{Known, Response, Speaker};
use majlis_core::sign::{DeviceKey, Signer as _};
use tempfile::TempDir;

mod answers;

use super::parts::number_of;
use super::*;
use crate::api::carry::{CarryExport, CarryPath};
use crate::api::filling::{BeginFilling, Fill, FillingView, FinishFilling, SealedBefore};
use crate::api::me::SetProfile;
use crate::api::media::MediaPolicyName;
use crate::api::members::{CreateInvite, JoinSpace, RankName, RemoveMember};
use crate::api::process::{
    AnswerTo, AnswerValue, CloseConsultation, ConsultationDraft, ConsultationNew, QuestionKindView,
    QuestionView, Respond, ResponsesQuery, StageName,
};
use crate::api::results::Figures;
use crate::api::sealing::{DeviceStanding, PartState, SealedPart};
use crate::api::space::FoundSpace;
use crate::node::NodeConfig;

const WHAT: &str = "0000000000000001";
/// This one is not sealed.
const WHERE: &str = "0000000000000002";

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
        Self::of(&[0, 1], |_, _, _, sealed| open(sealed)).await
    }

    /// The same with these people as keepers, two of whom it takes.
    async fn of(
        keepers: &[usize],
        open: impl FnOnce(&Desk, LaneId, &Form, &mut SealedQuestions) + Send + 'static,
    ) -> Self {
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
        let question = |id: &str, required| QuestionView {
            id: id.into(),
            label: "What?".into(),
            hint: String::new(),
            required,
            kind: QuestionKindView::Text,
            details: None,
        };
        let draft = ConsultationDraft {
            title: "Health".into(),
            description: String::new(),
            audience: String::new(),
            stage: StageName::Consult,
            questions: vec![question(WHAT, true), question(WHERE, false)],
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
        let mut devices = Vec::new();
        for keeper in keepers {
            devices.push(device(&people[*keeper], &space).await);
        }
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
            open(desk, lane, &form, sealed);
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
            let Some((_, Answer::Sealed(piece))) = response.answers.first() else {
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
        let digest = opening.form.digest_without_parts();
        let part = Part::from_bytes(number_of(1).unwrap(), &[7; 32]);
        let sealed = desk
            .place(lane)
            .seal_part(Purpose::Released, &digest, &part, amina);
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
async fn a_part_opens_in_no_other_form() {
    let scene = Scene::new(|_| ()).await;
    let dara = device(&scene.people[2], &scene.space).await;
    let lane = scene.lane;
    let opens = scene.people[1].node.at(&scene.space, move |desk| {
        let (_, opening) = desk.opened(lane)?;
        let opens = |opening: &OpeningRow| {
            let sealed = opening.form.sealed().unwrap();
            !desk.parts(lane, opening, sealed).unwrap().spoiled
        };
        let mut same = opening.clone();
        same.form.title.push('!');
        // The key, the commitments and the sealed parts, and a device of whoever copied them.
        let mut other = opening.clone();
        let Some(Sealing::Answers(sealed)) = other.form.sealing.as_deref_mut() else {
            panic!("sealed")
        };
        let share = HeldShare {
            device: dara,
            sealed: vec![1; 80],
        };
        sealed.keepers.push(Keeper {
            commitment: [0; 32],
            devices: vec![share],
        });
        Ok([opens(&opening), opens(&same), opens(&other)])
    });
    assert_eq!(opens.await.unwrap(), [true, false, false]);
}

#[tokio::test]
async fn a_keeper_of_several_people_is_shown_and_gets_no_part() {
    let scene = Scene::of(&[0, 1], |desk, lane, form, sealed| {
        // Whoever opens puts Dara's device, and one of nobody's, beside Amina's.
        let members = desk.space.roster();
        let dara = members.members().find(|row| row.name == "Dara").unwrap();
        let nobody = DeviceKey::from_secret(&[3; 32]).device();
        for device in [dara.device, nobody] {
            sealed.keepers[0].devices.push(HeldShare {
                device,
                sealed: Vec::new(),
            });
        }
        let key = Key::draw(&mut Fresh);
        sealed.key = key.public();
        let parts = key.split(2, 2, &mut Fresh).unwrap();
        for (keeper, part) in sealed.keepers.iter_mut().zip(&parts) {
            keeper.commitment = part.commitment(&sealed.key);
        }
        desk.seal_parts(lane, form, sealed, &parts).unwrap();
    })
    .await;
    let view = scene.view(1).await;
    assert!(view.keepers[0].doubtful && !view.keepers[1].doubtful);
    assert!(!view.spoiled && !view.may_release);
    assert_eq!(view.keepers[0].name, "Amina, Dara");
    let standing = view.keepers[0].devices.iter();
    let standing: Vec<_> = standing
        .map(|one| (one.name.as_str(), one.standing))
        .collect();
    assert_eq!(
        standing,
        [
            ("Amina", DeviceStanding::In),
            ("Dara", DeviceStanding::In),
            ("", DeviceStanding::Unknown)
        ]
    );
    let refused = scene.people[1].node.release_part(scene.at.clone()).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::SealingUnfit);
    // Who answers is told of all of them too, and that there is one whom nobody knows.
    let lane = scene.lane;
    let readers = scene.people[1].node.at(&scene.space, move |desk| {
        let (_, opening) = desk.opened(lane)?;
        Ok(desk.readers_of(&opening.form).0)
    });
    assert_eq!(readers.await.unwrap(), ["Amina", "Dara", "", "Bilal"]);
}

#[tokio::test]
async fn who_was_put_out_gets_no_part() {
    let scene = Scene::of(&[0, 1, 2], |_, _, _, _| ()).await;
    let bilal = device(&scene.people[1], &scene.space).await;
    let amina = &scene.people[0].node;
    let removed = amina.remove_member(RemoveMember {
        space: scene.space.clone(),
        device: bilal.to_string(),
        reason: String::new(),
    });
    removed.await.unwrap();
    let view = scene.view(0).await;
    assert_eq!(view.keepers[1].devices[0].standing, DeviceStanding::Out);
    let released = amina.release_part(scene.at.clone()).await.unwrap();
    assert_eq!(released.left_out, ["Bilal"]);
    let (lane, dara) = (scene.lane, device(&scene.people[2], &scene.space).await);
    let given = amina.at(&scene.space, move |desk| {
        let proceedings = desk.proceedings(lane)?;
        let CustodySaid::Released(shares) = &proceedings.custody[0].said.said else {
            panic!("released")
        };
        Ok(shares.iter().map(|share| share.device).collect::<Vec<_>>())
    });
    assert_eq!(given.await.unwrap(), [dara]);
    scene.amina_gives().await;
    assert!(scene.view(2).await.readable);
}

#[tokio::test]
async fn nothing_is_handed_in_where_sealing_cannot_be_done() {
    let scene = Scene::new(|_| ()).await;
    let lane = scene.lane;
    let refused = scene.people[2].node.at(&scene.space, move |desk| {
        let (_, opening) = desk.opened(lane)?;
        let slot = desk.own_slot(lane).unwrap();
        let mut codes = Vec::new();
        let changes: [fn(&mut SealedQuestions); 3] = [
            |sealed| sealed.questions.clear(),
            |sealed| sealed.key = [0; 32],
            |sealed| sealed.threshold = 9,
        ];
        for change in changes {
            let mut opening = opening.clone();
            let Some(Sealing::Answers(sealed)) = opening.form.sealing.as_deref_mut() else {
                panic!("sealed")
            };
            change(sealed);
            let what = (
                QuestionId::from_bytes([0, 0, 0, 0, 0, 0, 0, 1]),
                Answer::Text("ill".into()),
            );
            let sealed = desk.sealed(lane, &opening, slot, vec![what]);
            codes.push(sealed.unwrap_err().code);
        }
        Ok(codes)
    });
    assert_eq!(refused.await.unwrap(), [ErrorCode::SealingUnfit; 3]);
}

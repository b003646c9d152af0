//! What dishonest trustees may try, and what the honest ones make of it.

use curve25519_dalek::{RistrettoPoint, Scalar};

use super::message::{Commitment, Confirmation, Contribution};
use super::round::{Deal, Session, Verdict, promise};
use super::trustee::{ConfirmError, DecryptionKey, Trustee, TrusteeError};
use super::{Ceremony, CeremonyError, Fault};
use crate::booth::Booth;
use crate::election::{Election, Roll, Terms};
use crate::group::{Element, Seed, Tag};
use crate::knowledge::Knowledge;
use crate::question::{QuestionKind, SecretQuestion};
use crate::second::{Refusal, Room};

/// A key and five voters, for tests.
pub(crate) struct Made {
    pub(crate) booth: Booth,
    pub(crate) ceremony: Ceremony,
    pub(crate) keys: Vec<DecryptionKey>,
    pub(crate) roll: Roll,
    pub(crate) voters: Vec<[u8; 32]>,
}

fn election(question: SecretQuestion, trustees: u8, threshold: u8) -> (Election, Roll) {
    let roll = Roll::new((1..=5).map(|voter| [voter; 32]).collect()).unwrap();
    let terms = Terms {
        space: [1; 32],
        vote: [2; 32],
        text: [3; 32],
        question,
        roll_root: roll.root(),
        voters: 5,
        minimum: 3,
        threshold,
        trustees: (1..=trustees).map(|trustee| [trustee; 32]).collect(),
    };
    (Election::new(terms).unwrap(), roll)
}

pub(crate) fn made(question: SecretQuestion, trustees: u8, threshold: u8) -> Made {
    let (election, roll) = election(question, trustees, threshold);
    let scene = Scene::on(election);
    let deal = scene.deal();
    let confirmations = scene
        .all
        .iter()
        .map(|one| one.confirmation(&deal).unwrap())
        .collect();
    let (ceremony, booth) = Ceremony::new(
        &scene.election,
        scene.commitments(),
        deal.contributions.clone(),
        confirmations,
    )
    .unwrap();
    Made {
        booth,
        ceremony,
        keys: scene
            .all
            .iter()
            .map(|one| one.decryption_key(&deal).unwrap())
            .collect(),
        roll,
        voters: (1..=5).map(|voter| [voter; 32]).collect(),
    }
}

/// Trustees in the middle of a ceremony.
struct Scene {
    election: Election,
    all: Vec<Trustee>,
}

impl Scene {
    fn new(trustees: u8, threshold: u8) -> Self {
        let question = SecretQuestion::new(QuestionKind::Single, 2).unwrap();
        Self::on(election(question, trustees, threshold).0)
    }

    fn on(election: Election) -> Self {
        let all = (1..=election.trustees())
            .map(|number| {
                let seed = Seed::from_bytes([number; 32]);
                Trustee::new(election.clone(), number, seed).unwrap()
            })
            .collect();
        Self { election, all }
    }

    fn commitments(&self) -> Vec<Commitment> {
        self.all.iter().map(Trustee::commitment).collect()
    }

    fn session(&self) -> Session {
        Session::new(self.election.clone(), self.commitments()).unwrap()
    }

    fn contributions(&self, session: &Session) -> Vec<Contribution> {
        self.all
            .iter()
            .map(|one| one.contribution(session).unwrap())
            .collect()
    }

    fn deal(&self) -> Deal {
        let session = self.session();
        let contributions = self.contributions(&session);
        Deal::new(session, contributions).unwrap()
    }
}

/// Signs a contribution's content anew, as its dishonest sender would.
fn proven(trustee: &Trustee, session: &Session, mut changed: Contribution) -> Contribution {
    let about = session.about_contribution(changed.trustee, &changed.sealed);
    let points = changed.points();
    let seed = Seed::from_bytes([99; 32]);
    let mut nonces = seed.scalars(Tag::Nonces, &[]);
    changed.proof = Knowledge::prove(about, &trustee.secrets(), &points, &mut nonces);
    changed
}

#[test]
fn a_key_comes_out_that_any_threshold_shares() {
    let made = made(SecretQuestion::new(QuestionKind::Single, 2).unwrap(), 5, 3);
    let secret = |keys: &[&DecryptionKey]| {
        let weight = |own: &DecryptionKey| {
            let own_place = Scalar::from(own.trustee);
            keys.iter()
                .filter(|other| other.trustee != own.trustee)
                .fold(Scalar::ONE, |weight, other| {
                    let other = Scalar::from(other.trustee);
                    weight * other * (other - own_place).invert()
                })
        };
        keys.iter()
            .map(|key| *key.secret * weight(key))
            .sum::<Scalar>()
    };
    let key = |chosen: &[usize]| {
        let keys: Vec<&DecryptionKey> = chosen.iter().map(|at| &made.keys[*at]).collect();
        RistrettoPoint::mul_base(&secret(&keys)).compress().0
    };
    for chosen in [[0, 1, 2], [4, 2, 0], [3, 4, 1]] {
        assert_eq!(key(&chosen), *made.booth.public_key());
    }
    for chosen in [[0, 1], [3, 4], [0, 4]] {
        assert_ne!(key(&chosen), *made.booth.public_key());
    }
}

/// The attack of Gennaro and others: the last trustee sees what the others contribute, and tries
/// polynomials until the key is one it likes. Here it wants the lowest four bits of the key zero.
#[test]
fn a_trustee_that_waits_for_the_others_cannot_choose_the_key() {
    let scene = Scene::new(3, 2);
    let session = scene.session();
    let honest = scene.contributions(&session);
    let others: RistrettoPoint = honest[..2]
        .iter()
        .map(|sent| *sent.coefficients[0].point())
        .sum();
    let (mut liked, mut refused) = (0, 0);
    for attempt in 0..128_u8 {
        let seed = Seed::from_bytes([attempt.wrapping_add(100); 32]);
        let late = Trustee::new(scene.election.clone(), 3, seed).unwrap();
        let would_be = others + late.points[0].point();
        if would_be.compress().0[0] & 15 != 0 {
            continue;
        }
        liked += 1;
        let mut sent = honest[2].clone();
        sent.coefficients = late.points[..2].to_vec();
        sent.ephemeral = late.points[2];
        let sent = proven(&late, &session, sent);
        // All of it is as it should be but for the promise.
        let about = session.about_contribution(3, &sent.sealed);
        assert!(sent.proof.holds(about, &sent.points()));
        let expected = Err(CeremonyError::by(3, Fault::Promise));
        assert_eq!(session.check(&sent), expected);
        refused += 1;
    }
    assert!(
        liked > 0,
        "the attack must be one that works without commitments"
    );
    assert_eq!(liked, refused);
}

#[test]
fn who_contributes_what_cancels_the_others_out_has_no_proof() {
    let scene = Scene::new(3, 2);
    let session = scene.session();
    let honest = scene.contributions(&session);
    let others: RistrettoPoint = honest[..2]
        .iter()
        .map(|sent| *sent.coefficients[0].point())
        .sum();
    let mine = RistrettoPoint::mul_base(&Scalar::from(5_u8));
    // Even had it been promised: nobody knows the logarithm of this.
    let mut sent = honest[2].clone();
    sent.coefficients[0] = Element::of(mine - others);
    let mut commitments = scene.commitments();
    commitments[2].promise = promise(&scene.election, 3, &sent.points());
    let seed = Seed::from_bytes([50; 32]);
    let about = super::round::about_commitment(&scene.election, 3, &commitments[2].promise);
    commitments[2].proof = Knowledge::prove(
        about,
        &[*scene.all[2].receiving],
        &[commitments[2].key],
        &mut seed.scalars(Tag::Nonces, &[]),
    );
    let session = Session::new(scene.election.clone(), commitments).unwrap();
    let sent = proven(&scene.all[2], &session, sent);
    assert_eq!(
        session.check(&sent),
        Err(CeremonyError::by(3, Fault::Proof))
    );
}

/// Trustee 1 deals a wrong share to trustee 3.
fn wrong_share(scene: &Scene) -> Deal {
    let session = scene.session();
    let mut contributions = scene.contributions(&session);
    contributions[0].sealed[1][0] ^= 1;
    contributions[0] = proven(&scene.all[0], &session, contributions[0].clone());
    Deal::new(session, contributions).unwrap()
}

#[test]
fn a_wrong_share_is_complained_about_and_everybody_can_judge() {
    let scene = Scene::new(3, 2);
    let deal = wrong_share(&scene);
    assert!(scene.all[1].confirmation(&deal).is_ok());
    let Err(ConfirmError::WrongShares(complaints)) = scene.all[2].confirmation(&deal) else {
        panic!("trustee 3 must complain");
    };
    let [complaint] = complaints.as_slice() else {
        panic!("about one")
    };
    assert_eq!((complaint.by(), complaint.against()), (3, 1));
    assert_eq!(deal.judge(complaint), Verdict::DealerAtFault);
    let read = super::Complaint::decode(&complaint.encode()).unwrap();
    assert_eq!(deal.judge(&read), Verdict::DealerAtFault);
    // Without trustee 3's confirmation there is no key.
    let confirmations: Vec<Confirmation> = scene.all[..2]
        .iter()
        .map(|one| one.confirmation(&deal).unwrap())
        .collect();
    let missing = Some(CeremonyError::by(3, Fault::Missing));
    assert_eq!(deal.booth(&confirmations).err(), missing);
}

/// A whole record, made by trustees who check nothing of each other; `spoil` is done to round 2.
fn record(scene: &Scene, spoil: impl Fn(&mut Contribution)) -> Ceremony {
    let session = Session::gather(scene.election.clone(), scene.commitments());
    let mut contributions = scene.contributions(&session);
    contributions.last_mut().map(spoil).unwrap();
    let deal = Deal::add_up(session, contributions.clone()).unwrap();
    let confirmation = |one: &Trustee| one.confirmation(&deal).unwrap();
    Ceremony {
        commitments: scene.commitments(),
        contributions,
        confirmations: scene.all.iter().map(confirmation).collect(),
    }
}

#[test]
fn both_verifiers_refuse_a_key_with_one_fault_that_all_trustees_covered_up() {
    let mut scene = Scene::new(3, 2);
    let election = scene.election.clone();
    let refused = |record: &Ceremony| {
        let room = Room::enter(&election.encode(), &record.encode());
        (record.open(&election).err(), room.err())
    };
    let fault = |fault| (Some(CeremonyError::by(3, fault)), Some(Refusal::Key));
    let honest = record(&scene, |_| {});
    assert_eq!(refused(&honest), (None, None));

    let other = honest.confirmations[0].proof.clone();
    let broken = record(&scene, |sent| sent.proof = proof_of_another(sent));
    assert_eq!(refused(&broken), fault(Fault::Proof));

    // A key to receive shares with that nobody proved to know.
    let own = scene.all[2].own.clone();
    scene.all[2].own.proof = other;
    assert_eq!(refused(&record(&scene, |_| {})), fault(Fault::Proof));
    scene.all[2].own = own;

    // Something else was promised.
    let promise = [8; 32];
    let last = &mut scene.all[2];
    let about = super::round::about_commitment(&election, 3, &promise);
    let seed = Seed::from_bytes([51; 32]);
    let mut nonces = seed.scalars(Tag::Nonces, &[]);
    last.own.proof = Knowledge::prove(about, &[*last.receiving], &[last.own.key], &mut nonces);
    last.own.promise = promise;
    assert_eq!(refused(&record(&scene, |_| {})), fault(Fault::Promise));
}

/// A proof of as many points, about something else.
fn proof_of_another(sent: &Contribution) -> Knowledge {
    let secrets = vec![Scalar::ONE; sent.points().len()];
    let about = crate::group::Digest::new(Tag::ContributionProof);
    let seed = Seed::from_bytes([52; 32]);
    let mut nonces = seed.scalars(Tag::Nonces, &[]);
    Knowledge::prove(about, &secrets, &sent.points(), &mut nonces)
}

#[test]
fn a_complaint_about_a_right_share_is_unfounded() {
    let scene = Scene::new(3, 2);
    let deal = wrong_share(&scene);
    let own = deal.session.commitment(3).unwrap();
    for dealer in &deal.contributions {
        let agreed = Element::of(dealer.ephemeral.point() * *scene.all[2].receiving);
        let mut complaint = scene.all[2].complaint(&deal, own, dealer, agreed);
        let verdict = if dealer.trustee == 1 {
            Verdict::DealerAtFault
        } else {
            Verdict::ComplaintUnfounded
        };
        assert_eq!(deal.judge(&complaint), verdict, "{}", dealer.trustee);
        // With something else agreed on, any share looks wrong; but that has no proof.
        complaint.agreed = Element::of(RistrettoPoint::mul_base(&Scalar::from(9_u8)));
        assert_eq!(deal.judge(&complaint), Verdict::ComplaintUnfounded);
    }
}

#[test]
fn every_single_fault_names_its_trustee() {
    let scene = Scene::new(3, 2);
    let by = |fault| Some(CeremonyError::by(2, fault));
    let open = |commitments| Session::new(scene.election.clone(), commitments).err();
    let mut commitments = scene.commitments();
    commitments[1].promise[0] ^= 1;
    assert_eq!(open(commitments), by(Fault::Proof));
    let mut commitments = scene.commitments();
    commitments.remove(1);
    assert_eq!(open(commitments.clone()), by(Fault::Missing));
    let twice = scene.all[1].commitment();
    commitments.extend([twice.clone(), twice]);
    assert_eq!(open(commitments), by(Fault::Twice));

    let session = scene.session();
    let honest = scene.contributions(&session);
    let check = |changed: Contribution| session.check(&changed).err();
    let mut short = honest[1].clone();
    short.sealed.pop();
    assert_eq!(check(short), by(Fault::Shape));
    // Somebody else's ephemeral key would make a complaint open somebody else's share.
    let mut copied = honest[1].clone();
    copied.ephemeral = honest[0].ephemeral;
    assert_eq!(check(copied), by(Fault::Promise));
    let mut resealed = honest[1].clone();
    resealed.sealed[0][5] ^= 1;
    assert_eq!(check(resealed), by(Fault::Proof));

    let deal = scene.deal();
    let mut confirmations: Vec<Confirmation> = scene
        .all
        .iter()
        .map(|one| one.confirmation(&deal).unwrap())
        .collect();
    assert!(deal.booth(&confirmations).is_ok());
    confirmations[1].proof = confirmations[0].proof.clone();
    assert_eq!(deal.booth(&confirmations).err(), by(Fault::Proof));
    confirmations[1].ceremony[0] ^= 1;
    assert_eq!(deal.booth(&confirmations).err(), by(Fault::Confirmed));
}

#[test]
fn a_trustee_takes_part_in_its_own_ceremony_only() {
    let scene = Scene::new(3, 2);
    let session = scene.session();
    let stranger = Trustee::new(scene.election.clone(), 2, Seed::from_bytes([77; 32])).unwrap();
    assert_eq!(
        stranger.contribution(&session).err(),
        Some(TrusteeError::NotMine)
    );
    let other = Scene::new(3, 3);
    assert_eq!(
        other.all[0].contribution(&session).err(),
        Some(TrusteeError::Election)
    );
    let none = Trustee::new(scene.election.clone(), 4, Seed::from_bytes([1; 32]));
    assert_eq!(none.err(), Some(TrusteeError::Number));
}

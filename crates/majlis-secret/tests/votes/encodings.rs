//! One value, one encoding; and no bytes make a decoder fall over.

use majlis_secret::ballot::{Ballot, Opening};
use majlis_secret::ceremony::{Ceremony, Commitment, Complaint, Confirmation, Contribution};
use majlis_secret::election::{Election, Roll};
use majlis_secret::question::{QuestionKind, SecretQuestion};
use majlis_secret::second;
use majlis_secret::share::Share;
use majlis_secret::transcript::Transcript;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};

use super::village::{SMALL, Village};

/// What each decoder makes of bytes, written again.
fn again(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
    vec![
        SecretQuestion::decode(bytes).ok().map(|it| it.encode()),
        Election::decode(bytes).ok().map(|it| it.encode()),
        Roll::decode(bytes).ok().map(|it| it.encode()),
        Commitment::decode(bytes).ok().map(|it| it.encode()),
        Contribution::decode(bytes).ok().map(|it| it.encode()),
        Complaint::decode(bytes).ok().map(|it| it.encode()),
        Confirmation::decode(bytes).ok().map(|it| it.encode()),
        Ceremony::decode(bytes).ok().map(|it| it.encode()),
        Ballot::decode(bytes).ok().map(|it| it.encode()),
        Opening::decode(bytes).ok().map(|it| it.encode()),
        Share::decode(bytes).ok().map(|it| it.encode()),
        Transcript::decode(bytes).ok().map(|it| it.encode()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_reads_writes_the_same_bytes(
        kind in 0..14_u8,
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        bytes.splice(0..0, [kind, 1]);
        for read in again(&bytes).into_iter().flatten() {
            prop_assert_eq!(&read, &bytes);
        }
        prop_assert!(second::verify(&bytes).is_err());
    }

    #[test]
    fn a_question_reads_as_what_it_was(
        options in 0..60_u8, which in 0..4, one in 0..120_u8, two in 0..120_u8,
    ) {
        let kind = match which {
            0 => QuestionKind::Single,
            1 => QuestionKind::Approval { min: one, max: two },
            2 => QuestionKind::Score { max: one },
            _ => QuestionKind::Points { each: one, total: two },
        };
        if let Ok(question) = SecretQuestion::new(kind, options) {
            prop_assert_eq!(SecretQuestion::decode(&question.encode()), Ok(question));
        }
    }
}

#[test]
fn every_kind_of_value_reads_as_itself_and_as_nothing_else() {
    let mut village = Village::found(SMALL, 20);
    let (ballot, opening) = village.cast(0, 0, &[1, 0]);
    let (ballots, _) = village.everybody();
    let tally = village.count(&ballots, &[]);
    let share = village.share(0, &tally);
    let transcript = Transcript::new(
        village.booth.election().clone(),
        village.roll.clone(),
        village.ceremony.clone(),
        ballots,
        [],
        [share.encode()],
    )
    .unwrap();
    let values = [
        village.question().encode(),
        village.booth.election().encode(),
        village.roll.encode(),
        village.ceremony.encode(),
        ballot.encode(),
        opening.encode(),
        share.encode(),
        transcript.encode(),
    ];
    for bytes in values {
        let read: Vec<Vec<u8>> = again(&bytes).into_iter().flatten().collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0], bytes);
        let longer = [bytes.as_slice(), &[0]].concat();
        let shorter = &bytes[..bytes.len() - 1];
        let mut newer = bytes.clone();
        newer[1] = 2;
        for other in [&longer, shorter, &newer] {
            assert!(again(other).into_iter().flatten().next().is_none());
            assert!(second::verify(other).is_err());
        }
    }
}

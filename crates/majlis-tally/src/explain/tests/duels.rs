//! Why ranked ballots came out as they did.

use super::*;

#[test]
fn votes_flow_from_who_is_out() {
    let outcome = crate::ranked::count(&tennessee(), &by(Ranking::Irv)).unwrap();
    let why = ranked::explain(&outcome);
    let moves: Vec<_> = why
        .flow
        .iter()
        .map(|round| {
            let to = round
                .moves
                .iter()
                .map(|one| (one.to.as_deref(), one.votes.to_u64()));
            (round.from.as_deref(), to.collect::<Vec<_>>())
        })
        .collect();
    let expected = [
        (Some("C"), vec![(Some("K"), Some(15))]),
        (Some("N"), vec![(Some("K"), Some(26))]),
        (None, vec![]),
    ];
    assert_eq!(moves, expected);
    assert_eq!(why.lead, Some(16.into()));
    let near = ranked::nearest(&tennessee(), &by(Ranking::Irv)).unwrap();
    let of = |id: &str| near.iter().find(|one| one.id == id).unwrap();
    // 58 against 58: Knoxville had fewer in the round before.
    assert_eq!(of("M").new_ballots, Nearest::Smallest { amount: 16 });
}

#[test]
fn a_path_says_why_one_is_above_another() {
    let ballots = [
        (5, "ACBED"),
        (5, "ADECB"),
        (8, "BEDAC"),
        (3, "CABED"),
        (7, "CAEBD"),
        (2, "CBADE"),
        (7, "DCEBA"),
        (8, "EBADC"),
    ];
    let ballots = ballots.map(|(count, order): (u64, &str)| {
        (
            order.chars().map(|one| vec![one.to_string()]).collect(),
            count,
        )
    });
    let candidates = "ABCDE".chars().map(String::from).collect();
    let election = RankedElection::new(candidates, ballots).unwrap();
    let outcome = crate::ranked::count(&election, &by(Ranking::Schulze)).unwrap();
    let why = ranked::explain(&outcome);
    let duel = why.duels.iter().find(|one| one.below == "A").unwrap();
    // The strengths of Schulze's paper: 25 there and 24 back.
    assert_eq!(duel.above, "E");
    assert_eq!(
        (
            duel.path[0].from.as_str(),
            duel.path.last().unwrap().to.as_str()
        ),
        ("E", "A")
    );
    assert_eq!(duel.path.iter().map(|link| link.wins).min(), Some(25));
    assert_eq!(
        (
            duel.back[0].from.as_str(),
            duel.back.last().unwrap().to.as_str()
        ),
        ("A", "E")
    );
    assert_eq!(duel.back.iter().map(|link| link.wins).min(), Some(24));
    for links in why.duels.iter().flat_map(|duel| [&duel.path, &duel.back]) {
        assert!(links.windows(2).all(|two| two[0].to == two[1].from));
    }
}

#[test]
fn in_a_ranked_sample_who_is_liked_more_stands_higher_more_often() {
    let guess = |id: &str, support: &[u8]| sample::Guess {
        id: id.to_owned(),
        support: support.to_vec(),
    };
    let guesses = [
        guess("loved", &[90, 0]),
        guess("liked", &[30, 60]),
        guess("none", &[0]),
    ];
    let ballots = sample::ranked(&guesses, &[1_000, 500], b"seed");
    assert_eq!(ballots, sample::ranked(&guesses, &[1_000, 500], b"seed"));
    let first = |id: &str, ballots: &[Vec<Vec<String>>]| {
        let has = |ballot: &&Vec<Vec<String>>| ballot.first().is_some_and(|one| one[0] == id);
        ballots.iter().filter(has).count()
    };
    // A share of 90 against one of 30: five times in six.
    assert!((780..880).contains(&first("loved", &ballots[..1_000])));
    assert_eq!(first("liked", &ballots[1_000..]), 500);
    assert!(ballots.iter().flatten().all(|place| place[0] != "none"));
}

//! A search for the nearest change that somebody called off.

use super::*;

#[test]
fn a_search_that_is_called_off_claims_no_more_than_it_counted() {
    let all = budget::nearest_win(&small(), &plain(), "a")
        .unwrap()
        .unwrap();
    let whole = [&all.new_voters, &all.added_approvals, &all.cost_reduction];
    let mut ended = false;
    for most in 0..200 {
        let mut left = most;
        let near = budget::nearest_win_while(&small(), &plain(), "a", &mut |_| {
            left -= 1;
            left >= 0
        });
        let near = near.unwrap().unwrap();
        let found = [
            &near.new_voters,
            &near.added_approvals,
            &near.cost_reduction,
        ];
        for (found, whole) in found.into_iter().zip(whole) {
            match (found, whole.amount()) {
                (Nearest::Smallest { amount }, least) => assert_eq!(Some(*amount), least),
                (Nearest::AtMost { amount }, least) => {
                    assert!(least.is_some_and(|one| one <= *amount));
                }
                (Nearest::NotFound { tried, certain }, least) => {
                    assert!(!certain || least.is_none());
                    assert!(least.is_none_or(|one| !certain || *tried < one));
                }
            }
        }
        ended |= near == all;
    }
    assert!(ended, "with patience enough it is the same");
    let none = ranked::nearest_while(&tennessee(), &by(Ranking::Irv), "M", &mut || false);
    let none = none.unwrap().unwrap().new_ballots;
    assert_eq!(
        none,
        Nearest::NotFound {
            tried: 0,
            certain: false
        }
    );
}

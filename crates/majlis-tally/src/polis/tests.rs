//! The traps of the export set.

use proptest::prelude::*;

use super::*;

const COMMENTS: &str = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1400000000,x,0,7,2,1,1,No, never\n1400000001000,x,1,8,1,0,-1,\"Yes, \"\"sure\"\"\"\n";
const VOTES: &str = "timestamp,datetime,comment-id,voter-id,vote\n1400000000000,x,0,a,1\n1400000002000,x,0,b,-1\n1400000003000,x,0,c,-1\n1400000001000,x,0,c,1\n1400000003000,x,0,a,-1\n1400000004000,x,0,d,1\n1400000004000,x,1,d,-1\n1400000004000,x,99,d,-1\n";
const PARTICIPANTS: &str = "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\na,0,0,1,1,0,1,\nb,1,0,1,1,0,1,\nd,,0,2,1,1,-1,1\n";

fn set<'a>(votes: Option<&'a str>, participants: Option<&'a str>) -> ExportSet<'a> {
    ExportSet {
        comments: Some(COMMENTS.as_bytes()),
        votes: votes.map(str::as_bytes),
        participants_votes: participants.map(str::as_bytes),
        summary: Some(b"topic,\"A, B\"\nviews,3\n"),
    }
}

fn vote(conversation: &Conversation, voter: &str, statement: &str) -> Option<Opinion> {
    let key = (voter.to_owned(), statement.to_owned());
    conversation.votes.get(&key).map(|vote| vote.opinion)
}

#[test]
fn the_sign_is_found_and_the_last_vote_counts() {
    let read = Conversation::read(&set(Some(VOTES), None)).unwrap();
    assert_eq!(read.flipped, Some(true));
    assert_eq!(vote(&read, "a", "0"), Some(Opinion::Agree));
    assert_eq!(vote(&read, "c", "0"), Some(Opinion::Agree));
    assert_eq!(vote(&read, "d", "0"), Some(Opinion::Disagree));
    assert_eq!((read.stray_votes, read.topic.as_str()), (1, "A, B"));
    // The other exporter: the same events with the sign turned.
    let turned: String = VOTES
        .lines()
        .map(|line| {
            let line = match line.strip_suffix(",-1") {
                Some(line) => format!("{line},1"),
                None => line
                    .strip_suffix(",1")
                    .map_or(line.to_owned(), |line| format!("{line},-1")),
            };
            line + "\n"
        })
        .collect();
    let other = Conversation::read(&set(Some(&turned), None)).unwrap();
    assert_eq!(other.flipped, Some(false));
    assert_eq!(other.votes, read.votes);
}

#[test]
fn where_totals_follow_the_stored_sign_the_table_of_participants_tells() {
    // Agree is stored as -1, and the totals count what is stored: only the table says otherwise.
    let votes = "timestamp,comment-id,voter-id,vote\n1,0,a,-1\n1,0,b,-1\n1,0,d,1.0\n1,1,d,-1\n";
    let comments = "comment-id,agrees,disagrees,moderated,comment-body\n0,1,2,1,No\n1,0,1,1,Yes\n";
    let set = ExportSet {
        comments: Some(comments.as_bytes()),
        ..set(Some(votes), Some(PARTICIPANTS))
    };
    let read = Conversation::read(&set).unwrap();
    assert_eq!(read.flipped, Some(true));
    assert_eq!(vote(&read, "a", "0"), Some(Opinion::Agree));
    assert_eq!(vote(&read, "d", "0"), Some(Opinion::Disagree));
    let alone = ExportSet {
        participants_votes: None,
        ..set
    };
    assert_eq!(Conversation::read(&alone).unwrap().flipped, Some(false));
}

#[test]
fn a_set_that_another_program_saved_with_semicolons_reads() {
    let semicolons = |text: &str| text.replace(',', ";");
    let comments =
        semicolons("comment-id,agrees,disagrees,moderated,comment-body\n0,2,1,1,Yes\n1,1,0,0,No\n");
    let (votes, participants) = (semicolons(VOTES), semicolons(PARTICIPANTS));
    let read = Conversation::read(&ExportSet {
        comments: Some(comments.as_bytes()),
        ..set(Some(&votes), Some(&participants))
    });
    let usual = Conversation::read(&set(Some(VOTES), Some(PARTICIPANTS))).unwrap();
    assert_eq!(read.unwrap().votes, usual.votes);
}

#[test]
fn bodies_without_quotes_and_times_in_seconds_are_understood() {
    let read = Conversation::read(&set(None, Some(PARTICIPANTS))).unwrap();
    let bodies: Vec<&str> = read.comments.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(bodies, ["No, never", "Yes, \"sure\""]);
    assert_eq!(read.comments[0].time, 1_400_000_000_000);
    assert_eq!(vote(&read, "d", "1"), Some(Opinion::Agree));
    let opinions = read.opinions(false).unwrap();
    assert!(opinions.statements()[1].moderated_out);
    assert_eq!(read.published(&opinions), (vec![Some(0), Some(1), None], 2));
}

#[test]
fn a_set_is_written_as_it_reads() {
    let read = Conversation::read(&set(Some(VOTES), Some(PARTICIPANTS))).unwrap();
    let files = read.write();
    let file = |name: &str| {
        files
            .iter()
            .find(|file| file.name == name)
            .unwrap()
            .text
            .as_bytes()
    };
    let again = Conversation::read(&ExportSet {
        comments: Some(file("comments.csv")),
        votes: Some(file("votes.csv")),
        participants_votes: Some(file("participants-votes.csv")),
        summary: Some(file("summary.csv")),
    })
    .unwrap();
    assert_eq!(again.flipped, Some(false));
    assert_eq!(
        (again.votes, again.comments, again.groups),
        (read.votes, read.comments, read.groups)
    );
    let text = String::from_utf8(file("comments.csv").to_vec()).unwrap();
    assert!(
        text.contains("1400000000000,2014-05-13T16:53:20.000Z,0,7,3,1,1,\"No, never\",false"),
        "{text}"
    );
    let groups = String::from_utf8(file("comment-groups.csv").to_vec()).unwrap();
    assert!(
        groups
            .lines()
            .nth(1)
            .unwrap()
            .ends_with(",4,3,1,0,1,1,0,0,1,1,0,0"),
        "{groups}"
    );
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    let says = |votes: &str| {
        Conversation::read(&set(Some(votes), None))
            .unwrap_err()
            .to_string()
    };
    assert!(
        says("comment-id,voter-id,vote\n0,a,2\n")
            .contains("votes.csv of a Polis export: line 2: vote is \"2\"")
    );
    assert!(says("comment-id,vote\n").contains("no column voter-id"));
    let none = ExportSet {
        comments: None,
        ..set(Some(VOTES), None)
    };
    assert_eq!(
        Conversation::read(&none),
        Err(PolisError::Missing("comments.csv"))
    );
}

proptest! {
    #[test]
    fn no_damage_panics(at in 0_usize..VOTES.len(), gone in 0_usize..30, put in "[,\"0-9\n-]{0,4}") {
        let mut bytes = VOTES.as_bytes().to_vec();
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        let text = String::from_utf8(bytes).unwrap();
        if let Ok(read) = Conversation::read(&set(Some(&text), Some(PARTICIPANTS))) {
            let _ = (read.opinions(true), read.write());
        }
    }
}

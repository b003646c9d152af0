//! Answers that only named people can read, over real nodes: sealed when they are handed in, carried by
//! devices that cannot read them, read by two of three keepers together, published without small numbers.

use crate::scene::{call, carry, found, get, joined, joined_as, named, verified};
use crate::sealed_scene::{
    SECRET, answers, crossed, drafted, holds, id, opened, responses, results, sealing,
};
use crate::votes::{close, paper};
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::filling::{BeginFilling, Fill, FillingView, FinishFilling};
use majlis_node::api::held::HeldAboutMe;
use majlis_node::api::me::{Search, SearchHit};
use majlis_node::api::members::RankName;
use majlis_node::api::process::{AnswerValue, ConsultationView, Responded};
use majlis_node::api::results::{CrossView, Figures};
use majlis_node::api::sealing::{OpenSealed, PartState, PublishFigures, SealChoices, SealedPart};
use majlis_node::api::{ErrorCode, Nothing, Request};
use std::path::Path;

#[tokio::test]
async fn what_can_be_sealed_is_known_before_opening_and_what_shows_it_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let made = drafted(&amina, &at).await;
    let choices: SealChoices = get(&amina, Request::SealChoices(made.clone())).await;
    let questions = choices.questions.iter();
    let with = questions.map(|one| (one.question.clone(), one.with.clone()));
    let with: Vec<_> = with.collect();
    assert_eq!(
        with,
        [
            (id(1), vec![]),
            (id(2), vec![id(4)]),
            (id(3), vec![]),
            (id(4), vec![]),
            (id(5), vec![]),
        ]
    );
    assert!(choices.keepers[0].me && choices.keepers[0].name == "Amina");
    let open = |questions: Vec<String>, threshold| {
        Request::OpenSealed(OpenSealed {
            space: made.space.clone(),
            consultation: made.consultation.clone(),
            questions,
            keepers: vec![choices.keepers[0].device.clone()],
            threshold,
        })
    };
    // A photo is named in the open, beside what else is sealed.
    let refused = call::<Nothing>(&amina, open(vec![id(5)], 1)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, ErrorCode::CannotSeal);
    assert_eq!(refused.detail, Some(id(5)));
    let refused = call::<Nothing>(&amina, open(vec![id(2)], 2)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
    // All that can be, when none is named.
    let _: Nothing = get(&amina, open(Vec::new(), 1)).await;
    let view = sealing(&amina, &made).await;
    assert_eq!(view.questions, [1, 2, 3, 4, 5].map(id));
    assert!(view.readable && !view.may_release);
}

#[tokio::test]
async fn two_of_three_keepers_read_together_and_carriers_never() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let amina = named(folders[0].path(), false, "Amina").await;
    let at = found(&amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", &amina, &at).await;
    let chidi = joined_as(RankName::Facilitator, "Chidi", &amina, &at).await;
    let dara = joined("Dara", &amina, &at).await;
    for person in [&bilal, &chidi, &dara] {
        carry(&amina, &person.node, &at).await;
    }
    let made = opened(&amina, &at, &[2, 3], &["Amina", "Bilal", "Chidi"], 2).await;
    carry(&amina, &dara.node, &at).await;

    // The question that is asked of those who were ill is sealed with it.
    let view = sealing(&dara.node, &made).await;
    assert_eq!(view.questions, [id(2), id(3), id(4)]);
    assert_eq!((view.threshold, view.readable), (2, false));
    let names: Vec<&str> = view.keepers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Amina", "Bilal", "Chidi"]);
    let shown: ConsultationView = get(&dara.node, Request::Consultation(made.clone())).await;
    assert!(shown.sealed);

    // Dara answers for herself question by question: conditions work, and the lock is shown.
    let begin = BeginFilling {
        space: made.space.clone(),
        consultation: made.consultation.clone(),
        assisted: false,
        slot: None,
        language: None,
    };
    let mut filling: FillingView = get(&dara.node, Request::BeginFilling(begin.clone())).await;
    let sealed = |filling: &FillingView| {
        let each = filling.changed.iter();
        each.map(|one| (one.question.clone(), one.sealed))
            .collect::<Vec<_>>()
    };
    assert!(sealed(&filling).contains(&(id(1), false)));
    assert!(sealed(&filling).contains(&(id(2), true)));
    for (path, value) in [
        ("/village", AnswerValue::Choices(vec![1])),
        ("/ill", AnswerValue::Choices(vec![1])),
        ("/what", AnswerValue::Text(SECRET.into())),
    ] {
        let fill = Fill {
            beforehand: false,
            space: made.space.clone(),
            filling: filling.filling.clone(),
            path: path.into(),
            value: Some(value),
        };
        filling = get(&dara.node, Request::Fill(fill)).await;
    }
    assert!(filling.order.contains(&"/treated".to_owned()));
    let finish = FinishFilling {
        space: made.space.clone(),
        filling: filling.filling.clone(),
        assisted: None,
    };
    let _: Responded = get(&dara.node, Request::FinishFilling(finish)).await;

    // What she sealed she cannot read herself, and is asked anew when she corrects it.
    let held: HeldAboutMe = get(&dara.node, Request::HeldAboutMe(Nothing {})).await;
    let answered = &held.spaces[0].answers[0];
    assert_eq!(answered.sealed_to, ["Amina", "Bilal", "Chidi"]);
    assert_eq!(answered.sealed_needed, 2);
    let mine = &answered.answers;
    let sealed = mine.iter().filter(|one| one.value == AnswerValue::Sealed);
    let sealed: Vec<String> = sealed.map(|one| one.question.clone()).collect();
    assert_eq!(sealed, [id(2), id(3), id(4)]);
    let again: FillingView = get(&dara.node, Request::BeginFilling(begin)).await;
    let asked = again.changed.iter().find(|one| one.question == id(2));
    assert_eq!(asked.unwrap().value, None);
    let kept = again.changed.iter().find(|one| one.question == id(1));
    assert_eq!(kept.unwrap().value, Some(AnswerValue::Choices(vec![1])));

    // A required question is asked at the author's device, where it is known.
    let mut unanswered = answers(&made, 1, 2, "");
    unanswered.answers.pop();
    let refused = call::<Responded>(&dara.node, Request::Respond(unanswered)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::AnswerMissing);

    // Chidi enters others' answers, offline, and cannot read them afterwards.
    carry(&amina, &chidi.node, &at).await;
    for (times, village, ill) in [(6, 1, 1), (7, 2, 2), (2, 2, 1)] {
        for _ in 0..times {
            let mut respond = answers(&made, village, ill, "");
            respond.assisted = Some(paper());
            let _: Responded = get(&chidi.node, Request::Respond(respond)).await;
        }
    }
    for person in [&dara, &chidi] {
        carry(&person.node, &amina, &at).await;
    }
    for person in [&dara, &chidi, &bilal] {
        carry(&amina, &person.node, &at).await;
    }

    // Nobody reads yet: everybody sees how many answered, and what is open.
    for node in [&amina, &bilal.node, &chidi.node, &dara.node] {
        let results = results(node, &made).await;
        assert_eq!(results.counted.all, 16);
        assert_eq!(results.questions[0].answered.all, 16);
        assert_eq!(results.questions[1].figures, Figures::Sealed);
        let refused = call::<CrossView>(node, crossed(&made)).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::SealedAway);
        let page = responses(node, &made).await;
        assert!(
            page.responses
                .iter()
                .all(|one| { one.sealed == Some(SealedPart::Closed) && !one.breaks_rules })
        );
    }

    // Bilal gives his part: Amina and Chidi read, Bilal does not yet, Dara never.
    assert!(sealing(&bilal.node, &made).await.may_release);
    let _: Nothing = get(&bilal.node, Request::ReleasePart(made.clone())).await;
    let refused = call::<Nothing>(&dara.node, Request::ReleasePart(made.clone())).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    carry(&bilal.node, &amina, &at).await;
    for person in [&dara, &chidi] {
        carry(&amina, &person.node, &at).await;
    }
    for (node, reads) in [
        (&amina, true),
        (&bilal.node, false),
        (&chidi.node, true),
        (&dara.node, false),
    ] {
        let view = sealing(node, &made).await;
        assert_eq!(view.readable, reads);
        assert_eq!(view.keepers[1].part, PartState::Given);
        let figures = &results(node, &made).await.questions[1].figures;
        if reads {
            let Figures::Options { bars, .. } = figures else {
                panic!("{figures:?}")
            };
            let counts: Vec<u32> = bars.iter().map(|bar| bar.count.all).collect();
            assert_eq!(counts, [9, 7]);
        } else {
            assert_eq!(*figures, Figures::Sealed);
        }
    }
    let told = results(&amina, &made).await;
    assert_eq!(told.unread, 0);
    let Figures::Texts { texts } = &told.questions[2].figures else {
        panic!("texts")
    };
    assert_eq!(texts[0].text, SECRET);
    let page = responses(&amina, &made).await;
    let opened = page.responses.iter();
    assert!(
        opened
            .clone()
            .all(|one| one.sealed == Some(SealedPart::Opened))
    );
    let table: CrossView = get(&amina, crossed(&made)).await;
    assert_eq!(table.cells[0][0], Some(7));
    // Search knows nothing of it, not even here.
    let search = Search {
        text: "syphilis".into(),
        space: None,
    };
    let hits: Vec<SearchHit> = get(&amina, Request::Search(search)).await;
    assert!(hits.is_empty());

    // Figures come after the close, with small numbers left out, and other keepers check them.
    let publish = |least| {
        Request::PublishFigures(PublishFigures {
            space: made.space.clone(),
            consultation: made.consultation.clone(),
            least,
        })
    };
    let early = call::<Nothing>(&amina, publish(5)).await;
    assert_eq!(early.unwrap_err().code, ErrorCode::StillOpen);
    close(&amina, &made).await;
    let few = call::<Nothing>(&amina, publish(1)).await;
    assert_eq!(few.unwrap_err().code, ErrorCode::BadInput);
    carry(&amina, &dara.node, &at).await;
    let blind = call::<Nothing>(&dara.node, publish(5)).await;
    assert_eq!(blind.unwrap_err().code, ErrorCode::SealedAway);
    let _: Nothing = get(&amina, publish(8)).await;
    for person in [&chidi, &dara] {
        carry(&amina, &person.node, &at).await;
    }
    for (node, agrees) in [(&chidi.node, Some(true)), (&dara.node, None)] {
        let view = sealing(node, &made).await;
        let told = &view.published[0];
        assert_eq!((told.by.as_str(), told.agrees), ("Amina", agrees));
        assert_eq!((told.read, told.unread, told.least), (16, 0, 8));
        let bars: Vec<_> = told.questions[0]
            .bars
            .iter()
            .map(|bar| bar.voices)
            .collect();
        assert_eq!(bars, [None, None]);
    }

    // What left her device, and what readers keep, holds nothing of it but sealed.
    let file = folders[1].path().join("out");
    std::fs::create_dir(&file).unwrap();
    let export = |node, path: &Path| {
        let written = AnswersExport {
            space: made.space.clone(),
            consultation: made.consultation.clone(),
            format: AnswersFormat::Csv,
            path: Some(path.to_str().unwrap().to_owned()),
        };
        get::<AnswersWritten>(node, Request::ExportAnswers(written))
    };
    for folder in [
        folders[0].path(),
        dara.folder(),
        bilal.folder(),
        chidi.folder(),
    ] {
        assert!(!holds(folder, SECRET), "{}", folder.display());
    }
    export(&dara.node, &file.join("dara.csv")).await;
    assert!(!holds(&file, SECRET));
    export(&amina, &file.join("amina.csv")).await;
    assert!(holds(&file, SECRET));
    for node in [&amina, &dara.node, &chidi.node] {
        verified(node, &at).await;
    }
}

#[tokio::test]
async fn one_keeper_reads_at_once_and_a_carry_file_holds_nothing_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let dara = joined("Dara", &amina, &at).await;
    let made = opened(&amina, &at, &[2, 3], &["Amina"], 1).await;
    carry(&amina, &dara.node, &at).await;
    let respond = answers(&made, 1, 1, SECRET);
    let _: Responded = get(&dara.node, Request::Respond(respond)).await;
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("carried.majlis");
    let export = majlis_node::api::carry::CarryExport {
        space: at.space.clone(),
        path: Some(path.to_str().unwrap().to_owned()),
        part_size: None,
        media: majlis_node::api::media::MediaPolicyName::All,
    };
    let _: majlis_node::api::carry::CarryWritten =
        get(&dara.node, Request::ExportCarry(export)).await;
    // Entries in it are packed: what another device unpacks from it is looked at too.
    assert!(!holds(out.path(), SECRET));
    let bilal = joined("Bilal", &amina, &at).await;
    carry(&dara.node, &bilal.node, &at).await;
    assert!(!holds(bilal.folder(), SECRET));
    carry(&dara.node, &amina, &at).await;
    let view = sealing(&amina, &made).await;
    assert!(view.readable && !view.may_release);
    let Figures::Texts { texts } = &results(&amina, &made).await.questions[2].figures else {
        panic!("texts")
    };
    assert_eq!(texts[0].text, SECRET);
    let only = call::<Nothing>(&amina, Request::ReleasePart(made.clone())).await;
    assert_eq!(only.unwrap_err().code, ErrorCode::NotAllowed);
}

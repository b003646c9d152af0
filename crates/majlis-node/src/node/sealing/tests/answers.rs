//! What becomes of sealed answers: corrected, tampered with, counted and told.

use majlis_core::record::{Close, Counted};

use super::*;

#[tokio::test]
async fn correcting_an_open_answer_leaves_what_was_sealed_as_it_is() {
    let scene = Scene::new(|_| ()).await;
    scene.respond(2, "ill").await;
    let piece = scene.piece(2).await;
    let dara = &scene.people[2].node;
    let begin = BeginFilling {
        space: scene.space.clone(),
        consultation: scene.at.consultation.clone(),
        assisted: false,
        slot: None,
        language: None,
    };
    let fill = |view: &FillingView, question: &str, text: &str| {
        let asked = view.changed.iter().find(|one| one.question == question);
        dara.fill(Fill {
            beforehand: false,
            space: scene.space.clone(),
            filling: view.filling.clone(),
            path: asked.unwrap().path.clone(),
            value: Some(AnswerValue::Text(text.into())),
        })
    };
    let finish = |view: &FillingView| {
        dara.finish_filling(FinishFilling {
            space: scene.space.clone(),
            filling: view.filling.clone(),
            assisted: None,
        })
    };
    let begun = dara.begin_filling(begin.clone()).await.unwrap();
    let view = fill(&begun, WHERE, "at home").await.unwrap();
    // The required question that was answered before is not missing.
    assert_eq!(view.sealed_before, Some(SealedBefore::Kept));
    assert!(view.wrong.is_empty());
    finish(&view).await.unwrap();
    assert_eq!(scene.piece(2).await, piece);

    let begun = dara.begin_filling(begin).await.unwrap();
    let view = fill(&begun, WHAT, "well").await.unwrap();
    assert_eq!(view.sealed_before, Some(SealedBefore::Replaced));
    finish(&view).await.unwrap();
    assert_ne!(scene.piece(2).await, piece);

    scene.people[1]
        .node
        .release_part(scene.at.clone())
        .await
        .unwrap();
    scene.amina_gets().await;
    let amina = &scene.people[0].node;
    let results = amina.results(scene.at.clone()).await.unwrap();
    let texts = |question: usize| match &results.questions[question].figures {
        Figures::Texts { texts } => texts[0].text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((results.unread, results.counted.all), (0, 1));
    assert_eq!([texts(0), texts(1)], ["well", "at home"]);
}

#[tokio::test]
async fn figures_wait_for_all_that_the_close_names() {
    let scene = Scene::new(|_| ()).await;
    scene.respond(2, "ill").await;
    scene.people[1]
        .node
        .release_part(scene.at.clone())
        .await
        .unwrap();
    scene.amina_gets().await;
    let amina = &scene.people[0];
    let lane = scene.lane;
    // A close that names an entry which never came here.
    let stated = amina.node.at(&scene.space, move |desk| {
        let (_, opening) = desk.opened(lane)?;
        let tips = desk.space.index().tips();
        let tips = tips.filter(|(tip, _)| tip.chain.lane == lane);
        let mut counted: Vec<Counted> = tips
            .map(|(tip, _)| Counted {
                device: tip.chain.device,
                seq: tip.seq,
                hash: tip.hash,
            })
            .collect();
        counted[0].hash = majlis_core::id::EntryHash::from_bytes([9; 32]);
        let close = Close {
            form: opening.form_id,
            counted,
            note: String::new(),
        };
        desk.command(Command::Record {
            lane,
            record: Box::new(Record::Close(close)),
            seal: true,
        })?;
        Ok(())
    });
    stated.await.unwrap();
    let publish = PublishFigures {
        space: scene.space.clone(),
        consultation: scene.at.consultation.clone(),
        least: 3,
    };
    let refused = amina.node.publish_figures(publish).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::AnswersLacking);
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
    let said = amina.at(&scene.space, move |desk| {
        let custody = desk.proceedings(lane)?.custody;
        let said = custody.into_iter().map(|one| one.said.said);
        Ok(said.collect::<Vec<_>>())
    });
    let said = said.await.unwrap();
    let Some(CustodySaid::PublishedOf(told, of)) = said.last() else {
        panic!("published")
    };
    let read = Published {
        read: 900,
        ..told.clone()
    };
    scene.state(1, CustodySaid::PublishedOf(read, *of)).await;
    // Figures of other answers are not compared: a device that counts others may be right too.
    let elsewhere = CustodySaid::PublishedOf(told.clone(), [9; 32]);
    scene.state(1, elsewhere).await;
    scene.amina_gets().await;
    let view = scene.view(0).await;
    let told = view.published.iter();
    let told: Vec<_> = told.map(|one| (one.by.as_str(), one.agrees)).collect();
    assert_eq!(told.len(), 3);
    assert!(told.contains(&("Bilal", None)));
    let of_others = view.published.iter().filter(|one| one.of_others);
    assert_eq!(of_others.count(), 1);
    // Nor is anything published beside them, to be subtracted.
    let again = PublishFigures {
        space: scene.space.clone(),
        consultation: scene.at.consultation.clone(),
        least: 3,
    };
    let refused = scene.people[0].node.publish_figures(again).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::FiguresDiffer);
    assert!(told.contains(&("Amina", Some(true))) && told.contains(&("Bilal", Some(false))));
    let own = view.published.iter().find(|one| one.by == "Amina").unwrap();
    assert_eq!((own.read, own.unread), (1, 2));
}

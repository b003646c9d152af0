//! The closing report over real nodes: answers sorted into themes, replies, and the notice that who
//! answered gets of them.

use majlis_node::api::me::Home;
use majlis_node::api::members::RankName;
use majlis_node::api::proceedings::{StepName, StepNew, SubjectView};
use majlis_node::api::process::{ConsultationRef, ConsultationSummary, Responded};
use majlis_node::api::report::{
    ReportView, ThemeChange, ThemeView, Themed, ThemedPage, ThemedQuery,
};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, person, verified};
use crate::{answer, assisted, opened};

async fn read(node: &Node, at: &ConsultationRef) -> ReportView {
    get(node, Request::Report(at.clone())).await
}

fn asked(at: &ConsultationRef, of: Themed, text: &str) -> Request {
    Request::ThemedAnswers(ThemedQuery {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        of,
        text: text.into(),
        offset: 0,
        limit: 0,
    })
}

fn change(at: &ConsultationRef, text: &str, add: &[&str], remove: &[&str]) -> Request {
    let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Request::ChangeTheme(ThemeChange {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        text: text.into(),
        add: owned(add),
        remove: owned(remove),
    })
}

fn reply(at: &ConsultationRef, kind: StepName, about: SubjectView, text: &str) -> Request {
    Request::Step(StepNew {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        kind,
        about,
        text: text.into(),
        number: None,
        day: None,
        sources: Vec::new(),
        replaces: Vec::new(),
    })
}

fn theme<'a>(report: &'a ReportView, text: &str) -> &'a ThemeView {
    let mut themes = report.themes.iter();
    themes.find(|theme| theme.text == text).expect("a theme")
}

async fn row(node: &Node) -> ConsultationSummary {
    let home: Home = get(node, Request::Home(Nothing {})).await;
    let mut all = home
        .asked
        .into_iter()
        .chain(home.answered)
        .chain(home.results);
    all.next().expect("a consultation")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answered_is_told_what_became_of_it() {
    let amina = person("Amina").await.node;
    let at = found(&amina).await;
    let (process, form) = opened(&amina, &at).await;
    let bilal = joined("Bilal", &amina, &at).await;
    let dara = joined_as(RankName::Facilitator, "Dara", &amina, &at).await;
    let far: Responded = get(
        &bilal.node,
        Request::Respond(answer(&process, &form, 0, "the well is far")),
    )
    .await;
    carry(&bilal.node, &amina, &at).await;
    let heard = assisted(answer(&process, &form, 1, "water is far away"), None);
    let heard: Responded = get(&amina, Request::Respond(heard)).await;
    let other = assisted(answer(&process, &form, 1, "the road"), None);
    let other: Responded = get(&amina, Request::Respond(other)).await;

    // Sorting: found by their words, put behind a theme, no longer among those without one.
    let loose: ThemedPage = get(&amina, asked(&process, Themed::None, "far")).await;
    assert_eq!(loose.total, 2);
    let slots: Vec<&str> = loose
        .answers
        .iter()
        .map(|one| one.response.slot.as_str())
        .collect();
    let _: Nothing = get(&amina, change(&process, "Water is far", &slots, &[])).await;
    let loose: ThemedPage = get(&amina, asked(&process, Themed::None, "")).await;
    assert_eq!(
        (loose.total, loose.answers[0].response.slot.as_str()),
        (1, other.slot.as_str())
    );
    let report = read(&amina, &process).await;
    let water = theme(&report, "Water is far");
    assert_eq!((water.answers, report.counted, report.themed), (2, 3, 2));
    let behind: ThemedPage = get(
        &amina,
        asked(&process, Themed::Theme(water.theme.clone()), ""),
    )
    .await;
    assert!(
        behind.total == 2
            && behind
                .answers
                .iter()
                .all(|one| one.themes == [water.theme.clone()])
    );

    // A facilitator sorts apart from her, with the same words; both become one theme.
    carry(&amina, &dara.node, &at).await;
    assert!(!read(&dara.node, &process).await.may_report);
    let _: Nothing = get(
        &dara.node,
        change(&process, "Water is far", &[&other.slot], &[]),
    )
    .await;
    let _: Nothing = get(
        &amina,
        change(&process, "Water is far", &[], &[&heard.slot]),
    )
    .await;
    carry(&dara.node, &amina, &at).await;
    let report = read(&amina, &process).await;
    assert_eq!(
        (report.themes.len(), theme(&report, "Water is far").answers),
        (1, 2)
    );

    // Bilal hears of it only once something is done about it, and until he has read it.
    carry(&amina, &bilal.node, &at).await;
    assert_eq!(row(&bilal.node).await.notice, None);
    let about = SubjectView::Statement(theme(&report, "Water is far").theme.clone());
    let _: Nothing = get(
        &amina,
        reply(&process, StepName::Done, about.clone(), "A second well"),
    )
    .await;
    carry(&amina, &bilal.node, &at).await;
    let notice = row(&bilal.node).await.notice.expect("he is told");
    assert!(notice.mine);
    let report = read(&bilal.node, &process).await;
    let water = theme(&report, "Water is far");
    assert!(water.mine && !report.mine_left_out && !report.may_report);
    assert_eq!(water.replies[0].text, "A second well");
    assert_eq!(row(&bilal.node).await.notice, None);
    let _: Nothing = get(
        &amina,
        reply(&process, StepName::NotDone, SubjectView::Whole, "No road"),
    )
    .await;
    carry(&amina, &bilal.node, &at).await;
    assert!(row(&bilal.node).await.notice.is_some());
    assert_eq!(read(&bilal.node, &process).await.whole[0].text, "No road");
    // Amina did not answer, so nobody tells her.
    assert_eq!(row(&amina).await.notice, None);
    assert_eq!(
        verified(&amina, &at).await,
        verified(&bilal.node, &at).await
    );

    // An answer that is taken away from the theme is behind none.
    let _: Nothing = get(&amina, change(&process, "Water is far", &[], &[&far.slot])).await;
    carry(&amina, &bilal.node, &at).await;
    let report = read(&bilal.node, &process).await;
    assert!(report.mine_left_out && !theme(&report, "Water is far").mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_decides_reports_and_only_of_what_was_said() {
    let amina = person("Amina").await.node;
    let at = found(&amina).await;
    let (process, form) = opened(&amina, &at).await;
    let bilal = joined("Bilal", &amina, &at).await;
    let own: Responded = get(
        &bilal.node,
        Request::Respond(answer(&process, &form, 0, "far")),
    )
    .await;
    let error = call::<Nothing>(&bilal.node, change(&process, "Water", &[&own.slot], &[]));
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotAllowed);
    // His answer has not come to her device yet.
    let error = call::<Nothing>(&amina, change(&process, "Water", &[&own.slot], &[]));
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotFound);
    for text in ["", " \n "] {
        let error = call::<Nothing>(&amina, change(&process, text, &[], &[]));
        assert_eq!(error.await.unwrap_err().code, ErrorCode::BadInput);
    }
    let _: Nothing = get(&amina, change(&process, "Water", &[], &[])).await;
    let report = read(&amina, &process).await;
    let about = SubjectView::Statement(report.themes[0].theme.clone());
    // What is no statement of a conversation is not hidden, and no theme is replied to before it is there.
    let error = call::<Nothing>(
        &amina,
        reply(&process, StepName::Hidden, about.clone(), "no"),
    );
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotFound);
    let other = SubjectView::Statement("0".repeat(about_id(&about).len()));
    let error = call::<Nothing>(&amina, reply(&process, StepName::Done, other, "no"));
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotFound);
    let empty = call::<Nothing>(&amina, reply(&process, StepName::NotDone, about, " "));
    assert_eq!(empty.await.unwrap_err().code, ErrorCode::BadInput);
}

fn about_id(about: &SubjectView) -> &str {
    match about {
        SubjectView::Statement(id) => id,
        other => panic!("{other:?}"),
    }
}

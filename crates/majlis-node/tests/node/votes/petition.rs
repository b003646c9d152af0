//! A petition from its draft to what the office answered.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_petition_goes_from_a_preset_to_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let presets: PresetsView = get(&amina, Request::ActivityPresets(Nothing {})).await;
    let mut named_so = presets.petitions.into_iter();
    let rule: PetitionRuleView = named_so.find(|rule| rule.name == "community").unwrap();
    assert!(!rule.source.is_empty() && !rule.read_on.is_empty());
    let mut draft = draft("A bridge", QuestionKindView::Text, RuleView::Petition(rule));
    draft.questions.clear();
    draft.activity.as_mut().unwrap().shown = ShownName::Always;
    let process = opened(&amina, &at, draft).await;
    let admit = step(&process, StepName::Admitted, SubjectView::Whole, "");
    let _: Nothing = get(&amina, admit).await;
    for assisted in [false, true] {
        let sign = Respond {
            space: at.space.clone(),
            consultation: process.consultation.clone(),
            answers: Vec::new(),
            assisted: assisted.then(|| AssistedView {
                mode: AssistedModeName::Paper,
                consent: true,
                note: String::new(),
            }),
            slot: None,
        };
        let _: Responded = get(&amina, Request::Respond(sign)).await;
    }
    let view = outcome(&amina, &process).await;
    let ResultView::Petition(standing) = &view.result else {
        panic!("{:?}", view.result);
    };
    // Ten in a hundred of twelve people, rounded up.
    assert_eq!((standing.signatures, standing.steps[0].required), (2, 2));
    assert!(standing.steps[0].reached);
    assert_eq!(view.steps[0].kind, StepName::Admitted);
}

// Questions that are asked again and again, in three languages, to be taken into a form.

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { Language } from '../bindings/Language';
import type { QuestionKindView } from '../bindings/QuestionKindView';
import type { QuestionView } from '../bindings/QuestionView';
import { choiceDetailsOf, detailsOf, optionsOf } from './builder';
import { freshOption, freshQuestion, kindFrom } from './form';
import { codeOf, furtherOf, mainOf } from './languages';

type Said = Readonly<Record<Language, string>>;

interface Common {
  name: string;
  label: Said;
  hint?: Said;
  type: 'single_choice' | 'multiple_choice' | 'whole_number' | 'text' | 'place' | 'date' | 'acknowledge';
  min?: string;
  max?: string;
  options?: readonly (readonly [string, Said])[];
}

const said = (ar: string, fr: string, en: string): Said => ({ ar, fr, en });
const YES_NO = [
  ['yes', said('نعم', 'Oui', 'Yes')],
  ['no', said('لا', 'Non', 'No')],
] as const;

export const COMMON: readonly Common[] = [
  { name: 'age', label: said('كم عمرك؟', 'Quel âge avez-vous ?', 'How old are you?'), hint: said('بالسنوات', 'En années', 'In years'), type: 'whole_number', min: '0', max: '120' },
  { name: 'sex', label: said('الجنس', 'Sexe', 'Sex'), type: 'single_choice', options: [['female', said('أنثى', 'Femme', 'Female')], ['male', said('ذكر', 'Homme', 'Male')], ['no_answer', said('أفضّل ألا أجيب', 'Je préfère ne pas répondre', 'I prefer not to say')]] },
  { name: 'household_size', label: said('كم شخصًا يعيش في بيتكم؟', 'Combien de personnes vivent chez vous ?', 'How many people live in your home?'), hint: said('عُدّ نفسك والأطفال', 'Comptez-vous et comptez les enfants', 'Count yourself and the children'), type: 'whole_number', min: '1', max: '60' },
  { name: 'children', label: said('كم منهم دون الخامسة عشرة؟', 'Combien ont moins de quinze ans ?', 'How many of them are under fifteen?'), type: 'whole_number', min: '0', max: '60' },
  { name: 'education', label: said('ما أعلى مرحلة أتممتها في الدراسة؟', 'Jusqu’où êtes-vous allé à l’école ?', 'How far did you go in school?'), type: 'single_choice', options: [['none', said('لا شيء', 'Pas d’école', 'No school')], ['primary', said('الابتدائية', 'École primaire', 'Primary school')], ['secondary', said('الثانوية', 'École secondaire', 'Secondary school')], ['higher', said('الجامعة أو ما بعدها', 'Université ou plus', 'University or more')]] },
  { name: 'work', label: said('ما عملك الأساسي؟', 'Quelle est votre activité principale ?', 'What is your main work?'), type: 'single_choice', options: [['farm', said('الزراعة أو تربية المواشي', 'Agriculture ou élevage', 'Farming or animals')], ['trade', said('التجارة أو حرفة', 'Commerce ou métier', 'Trade or a craft')], ['employed', said('وظيفة', 'Salarié', 'Employed')], ['home', said('البيت والأسرة', 'Maison et famille', 'Home and family')], ['study', said('الدراسة', 'Études', 'Studying')], ['none', said('بلا عمل', 'Sans travail', 'Without work')]] },
  { name: 'area', label: said('في أي منطقة تسكن؟', 'Dans quelle zone habitez-vous ?', 'In which area do you live?'), type: 'single_choice' },
  { name: 'actor_type', label: said('بأي صفة تجيب؟', 'En quelle qualité répondez-vous ?', 'In which capacity do you answer?'), hint: said('لا تعطي الصفة أحدًا حقًا ولا وزنًا أكبر', 'Cela ne donne à personne plus de droits ni de poids', 'It gives nobody more rights or weight'), type: 'single_choice', options: [['citizen', said('عن نفسي، مواطنًا', 'Pour moi-même, citoyen', 'For myself, as a citizen')], ['social', said('عن جمعية أو تعاونية أو نقابة', 'Pour une association, une coopérative ou un syndicat', 'For an association, a cooperative or a union')], ['private', said('عن شركة أو محل', 'Pour une entreprise ou un commerce', 'For a business')], ['government', said('عن جهة حكومية أو بلدية', 'Pour une administration ou une commune', 'For an authority')]] },
  { name: 'place', label: said('أين تسكن؟', 'Où habitez-vous ?', 'Where do you live?'), hint: said('قِف أمام البيت', 'Devant la maison', 'Stand in front of the home'), type: 'place' },
  { name: 'neighbourhood', label: said('في أي حي أو قرية تسكن؟', 'Dans quel quartier ou village habitez-vous ?', 'In which neighbourhood or village do you live?'), type: 'text' },
  { name: 'phone', label: said('على أي رقم هاتف نجدك؟', 'À quel numéro vous joindre ?', 'On which phone number can you be reached?'), hint: said('لن يُنشر', 'Il ne sera pas publié', 'It will not be published'), type: 'text' },
  { name: 'water', label: said('من أين يأتي ماء الشرب في بيتكم؟', 'D’où vient l’eau que vous buvez ?', 'Where does your drinking water come from?'), type: 'single_choice', options: [['tap', said('حنفية في البيت', 'Robinet à la maison', 'A tap at home')], ['shared', said('حنفية مشتركة', 'Robinet commun', 'A shared tap')], ['well', said('بئر', 'Puits', 'A well')], ['spring', said('نبع أو نهر', 'Source ou rivière', 'A spring or river')], ['truck', said('صهريج', 'Camion-citerne', 'A tanker')]] },
  { name: 'disability', label: said('هل في بيتكم من يصعب عليه المشي أو السمع أو البصر؟', 'Quelqu’un chez vous a-t-il du mal à marcher, entendre ou voir ?', 'Does somebody in your home have difficulty walking, hearing or seeing?'), type: 'single_choice', options: YES_NO },
  { name: 'consent', label: said('أوافق على أن تُستعمل أجوبتي كما شُرح لي', 'J’accepte que mes réponses servent comme on me l’a expliqué', 'I agree that my answers are used as was explained to me'), type: 'acknowledge' },
  { name: 'remarks', label: said('هل تريد أن تضيف شيئًا؟', 'Voulez-vous ajouter quelque chose ?', 'Would you like to add anything?'), type: 'text' },
];

function kindOf(common: Common): QuestionKindView {
  const kind = kindFrom(common.type, undefined);
  if (kind.type === 'whole_number') return { ...kind, min: common.min ?? null, max: common.max ?? null };
  return kind;
}

/** A question of the set, in the draft's languages as far as the set has them. */
export function commonQuestion(common: Common, draft: ConsultationDraft, language: Language): QuestionView {
  const named = codeOf(mainOf(draft));
  const main = named === 'ar' || named === 'fr' || named === 'en' ? named : language;
  const further = furtherOf(draft).flatMap((name) => {
    const code = codeOf(name);
    return code === 'ar' || code === 'fr' || code === 'en' ? [[name, code] as const] : [];
  });
  const others = (text: Said): Record<string, string> => Object.fromEntries(further.map(([name, code]) => [name, text[code]]));
  const question = freshQuestion(common.type);
  question.kind = kindOf(common);
  question.label = common.label[main];
  question.hint = common.hint?.[main] ?? '';
  const details = detailsOf(question);
  details.name = common.name;
  details.label = others(common.label);
  if (common.hint !== undefined) details.hint = others(common.hint);
  if ('options' in question.kind) {
    if (common.options !== undefined) question.kind.options = [];
    for (const [name, label] of common.options ?? []) {
      const option = { ...freshOption(optionsOf(question.kind)), label: label[main] };
      const own = choiceDetailsOf(option);
      own.name = name;
      own.label = others(label);
      question.kind.options.push(option);
    }
  }
  return question;
}

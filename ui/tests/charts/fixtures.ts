// A district that decides about water, roads and a school: what the charts are looked at with. The
// names are long and short as people write them, in one script and in two.

import type { Language } from '../../src/bindings/Language';
import type { Voice } from '../../src/components/charts/opinion';

type Three = Readonly<Record<Language, string>>;

const texts = {
  bars: { ar: 'ما الذي يحتاجه الدوار أولًا؟', fr: 'De quoi le douar a-t-il besoin en premier ?', en: 'What does the village need first?' },
  well: { ar: 'حفر بئر جديدة قرب المدرسة', fr: 'Un nouveau puits près de l’école', en: 'A new well near the school' },
  road: { ar: 'إصلاح الطريق إلى السوق الأسبوعي وبناء قنطرة صغيرة على الوادي حتى لا تُقطع في الشتاء', fr: 'Réparer la piste jusqu’au souk hebdomadaire et construire un petit pont sur l’oued', en: 'Repair the track to the weekly market and build a small bridge over the river' },
  light: { ar: 'إنارة الأزقة', fr: 'Éclairage des ruelles', en: 'Street lights' },
  bus: { ar: 'حافلة مدرسية', fr: 'Bus scolaire', en: 'School bus' },
  olive: { ar: 'معصرة زيتون تعاونية', fr: 'Moulin à huile de la coopérative', en: 'Cooperative olive press' },
  field: { ar: 'ملعب القرب', fr: 'Terrain de sport', en: 'Playing field' },
  other: { ar: 'Salle polyvalente (Dar Chabab)', fr: 'دار الشباب', en: 'Maison des jeunes' },
  own: { ar: '٩٨ بأنفسهم', fr: '98 par eux-mêmes', en: '98 by themselves' },
  helped: { ar: '٤٣ بمساعدة', fr: '43 avec aide', en: '43 with help' },
  quorum: { ar: 'النصاب: ٦٠', fr: 'Quorum : 60', en: 'Quorum: 60' },
  age: { ar: 'كم عمرك؟', fr: 'Quel est votre âge ?', en: 'How old are you?' },
  mean: { ar: 'المتوسط: ٣٧٫٤', fr: 'Moyenne : 37,4', en: 'Average: 37.4' },
  days: { ar: 'متى نجتمع؟', fr: 'Quand nous réunir ?', en: 'When shall we meet?' },
  cross: { ar: 'المصدر بحسب الحي', fr: 'Source d’eau par quartier', en: 'Source of water by quarter' },
  tap: { ar: 'صنبور', fr: 'Robinet', en: 'Tap' },
  spring: { ar: 'عين', fr: 'Source', en: 'Spring' },
  truck: { ar: 'شاحنة صهريج', fr: 'Camion-citerne', en: 'Tank lorry' },
  upper: { ar: 'الحي الفوقاني', fr: 'Quartier du haut', en: 'Upper quarter' },
  lower: { ar: 'الحي التحتاني قرب الوادي', fr: 'Quartier du bas, près de l’oued', en: 'Lower quarter, near the river' },
  market: { ar: 'السوق', fr: 'Souk', en: 'Market' },
  budget: { ar: 'ميزانية الجماعة', fr: 'Budget de la commune', en: 'The commune’s budget' },
  rounds: { ar: 'اختيار أمين الجمعية', fr: 'Choix du trésorier', en: 'Choosing the treasurer' },
  duels: { ar: 'المقارنة مثنى مثنى', fr: 'Deux à deux', en: 'Two by two' },
  khadija: { ar: 'خديجة أوبلال', fr: 'Khadija Oubellal', en: 'Khadija Oubellal' },
  brahim: { ar: 'إبراهيم آيت لحسن', fr: 'Brahim Aït Lahcen', en: 'Brahim Ait Lahcen' },
  youssef: { ar: 'يوسف', fr: 'Youssef', en: 'Youssef' },
  fatima: { ar: 'فاطمة الزهراء بنعبد الله', fr: 'Fatima-Zahra Benabdallah', en: 'Fatima-Zahra Benabdallah' },
  omar: { ar: 'عمر', fr: 'Omar', en: 'Omar' },
  map: { ar: 'أين نقط الماء؟', fr: 'Où sont les points d’eau ?', en: 'Where are the water points?' },
  opinion: { ar: 'الآراء حول الماء', fr: 'Opinions sur l’eau', en: 'Opinions about water' },
  s1: { ar: 'يجب أن يُصلَح الخزان قبل أي شيء آخر.', fr: 'Le réservoir doit être réparé avant toute autre chose.', en: 'The tank must be mended before anything else.' },
  s2: { ar: 'على من يسقي بستانًا أن يدفع أكثر ممن يشرب فقط، ولو كان من أهل الدوار منذ زمن بعيد.', fr: 'Qui arrose un verger doit payer plus que qui ne fait que boire, même s’il est du douar depuis toujours.', en: 'Whoever waters an orchard should pay more than those who only drink, however long they have lived here.' },
  s3: { ar: 'تُغلق العين ليلًا.', fr: 'La source est fermée la nuit.', en: 'The spring is closed at night.' },
  petition: { ar: 'ملتمس: طبيب في المستوصف', fr: 'Pétition : un médecin au dispensaire', en: 'Petition: a doctor for the dispensary' },
  step1: { ar: 'يُنشر في الجماعة', fr: 'Affichée à la commune', en: 'Posted at the town hall' },
  step2: { ar: 'يجيب الرئيس خلال ٦٠ يومًا', fr: 'Le président répond sous 60 jours', en: 'The president answers within 60 days' },
  step3: { ar: 'يُناقش في دورة المجلس', fr: 'Débattue en session du conseil', en: 'Debated in a session of the council' },
  currency: { ar: 'درهم', fr: 'DH', en: 'MAD' },
  source: { ar: 'دوار تيزي، استشارة الماء، ١٤١ جوابًا', fr: 'Douar Tizi, consultation sur l’eau, 141 réponses', en: 'Tizi village, consultation about water, 141 answers' },
} as const satisfies Record<string, Three>;

export type TextName = keyof typeof texts;

export function text(name: TextName, language: Language): string {
  return texts[name][language];
}

/** Numbers that look drawn and are the same every time. */
export function drawn(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Three crowds of voices. */
export function voices(many: number): Voice[] {
  const next = drawn(7);
  const middles = [[-2, 0.6], [1.8, 1.2], [0.9, -1.7]] as const;
  return Array.from({ length: many }, (_, at) => {
    const group = at % 7 < 3 ? 0 : at % 7 < 6 ? 1 : 2;
    const [x, y] = middles[group] ?? [0, 0];
    return { x: x + (next() + next() + next() - 1.5) * 1.1, y: y + (next() + next() + next() - 1.5) * 0.9, group };
  });
}

/** Water points around a valley in the Atlas; some beside each other. */
export function waterPoints(language: Language): { lon: number; lat: number; label: string }[] {
  const next = drawn(3);
  const names = ['spring', 'tap', 'well', 'market'] as const;
  return Array.from({ length: 60 }, (_, at) => {
    const near = at % 3 === 0 ? 0.03 : 0.004;
    return { lon: -7.92 + (at % 5) * 0.014 + (next() - 0.5) * near, lat: 31.14 + (at % 4) * 0.011 + (next() - 0.5) * near, label: text(names[at % 4] ?? 'spring', language) };
  });
}

export const outlines = {
  type: 'FeatureCollection',
  features: [
    { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [[[-7.945, 31.125], [-7.9, 31.118], [-7.862, 31.132], [-7.848, 31.16], [-7.87, 31.192], [-7.915, 31.188], [-7.95, 31.16], [-7.945, 31.125]]] } },
    { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [[-7.95, 31.15], [-7.92, 31.146], [-7.9, 31.16], [-7.87, 31.158], [-7.84, 31.17]] } },
    { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: 'nonsense' } },
  ],
};

export const rounds = [
  { votes: [41, 34, 28, 22, 9], exhausted: 0, elected: [], out: [4] },
  { votes: [43, 36, 30, 24, null], exhausted: 1, elected: [], out: [3] },
  { votes: [50, 47, 33, null, null], exhausted: 4, elected: [], out: [2] },
  { votes: [69, 55, null, null, null], exhausted: 10, elected: [0], out: [1] },
];

export const duels = [
  { one: 0, other: 1, forOne: 72, forOther: 58 },
  { one: 0, other: 2, forOne: 80, forOther: 41 },
  { one: 2, other: 1, forOne: 60, forOther: 66 },
  { one: 3, other: 0, forOne: 30, forOther: 90 },
  { one: 1, other: 3, forOne: 61, forOther: 61 },
  { one: 2, other: 3, forOne: 70, forOther: 44 },
];

// Questions as a tree in one list, their languages, and what is taken from elsewhere.

import { describe, expect, it } from 'vitest';

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { QuestionView } from '../bindings/QuestionView';
import { OFFERED, added, askable, askingFor, copies, detailsOf, listed, mediumOf, movedIn, nameFor, optionsOf, putInto, sectionsFor, withMedium, without, wordsOf } from './builder';
import { COMMON, commonQuestion } from './common';
import type { KindName } from './form';
import { emptyDraft, kindFrom } from './form';
import { addLanguage, codeOf, directionOfNamed, dropLanguage, furtherOf, mainOf, missingIn, setMain, shownName, textsOf } from './languages';
import { matches, taken } from './library.svelte';

function ask(id: string, type: KindName, part_of: string | null = null, name = ''): QuestionView {
  const question: QuestionView = { id, label: id, hint: '', required: false, kind: kindFrom(type, undefined) };
  if (part_of !== null || name !== '') Object.assign(detailsOf(question), { part_of, name });
  return question;
}

const ids = (questions: readonly QuestionView[]): string => questions.map(({ id }) => id).join(' ');
const home = (): QuestionView[] => [ask('a', 'text'), ask('g', 'repeat'), ask('g1', 'whole_number', 'g', 'age'), ask('g2', 'text', 'g'), ask('b', 'text')];

describe('the list', () => {
  it('is numbered with what stands in a group under it', () => {
    expect(listed(home()).map(({ number, depth }) => `${number.join('.')}/${String(depth)}`)).toEqual(['1/0', '2/0', '2.1/1', '2.2/1', '3/0']);
  });

  it('shows what an unsound form has, too: a section that is not there, or that is in itself', () => {
    const odd = [ask('a', 'group', 'b'), ask('b', 'group', 'a'), ask('c', 'text', 'gone'), ask('d', 'group', 'd')];
    expect(listed(odd).map(({ question }) => question.id).sort()).toEqual(['c', 'd']);
  });

  it('moves a group with what is in it', () => {
    expect(ids(movedIn(home(), 'g', -1))).toBe('g g1 g2 a b');
    expect(ids(movedIn(home(), 'g', 1))).toBe('a b g g1 g2');
    expect(ids(movedIn(home(), 'a', 1))).toBe('g g1 g2 a b');
    expect(ids(movedIn(home(), 'b', -1))).toBe('a b g g1 g2');
  });

  it('moves no further than its section, and nothing over the ballot', () => {
    expect(ids(movedIn(home(), 'g1', -1))).toBe('a g g1 g2 b');
    expect(ids(movedIn(home(), 'g1', 1))).toBe('a g g2 g1 b');
    expect(ids(movedIn(home(), 'g', -1, 1))).toBe('a g g1 g2 b');
  });

  it('puts a question into a section and out again', () => {
    const inside = putInto(home(), 'b', 'g');
    expect(ids(inside)).toBe('a g g1 g2 b');
    expect(listed(inside).at(-1)?.depth).toBe(1);
    expect(listed(putInto(inside, 'b', null)).at(-1)?.depth).toBe(0);
    expect(ids(putInto(home(), 'g', 'g'))).toBe('a g g1 g2 b');
    expect(sectionsFor(home(), 'g')).toEqual([]);
    expect(sectionsFor(home(), 'a').map(({ question }) => question.id)).toEqual(['g']);
  });

  it('adds at the end of a section', () => {
    expect(ids(added(home(), [ask('n', 'text')], 'g'))).toBe('a g g1 g2 n b');
  });

  it('deletes a group with what is in it', () => {
    expect(ids(without(home(), 'g'))).toBe('a b');
  });

  it('offers every kind that people can begin, once', () => {
    const all = OFFERED.flatMap(({ kinds }) => kinds);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['single_choice', 'whole_number', 'place', 'photo', 'repeat', 'group', 'note', 'date_time']));
    expect(all).not.toContain('other');
  });
});

describe('names', () => {
  it('are made from Latin words, else from the number, and never twice', () => {
    const questions = [ask('0a1b', 'text'), ask('0c2d', 'text'), ask('0e3f', 'text')];
    for (const [at, label] of ['Âge du puits ?', 'Age du puits', 'كم العمق؟'].entries()) Object.assign(questions[at] ?? {}, { label });
    expect(questions.map((question) => nameFor(questions, question))).toEqual(['age_du_puits', 'age_du_puits_2', 'q_0e3f']);
    expect(questions.map((question) => nameFor(questions, question))).toEqual(['age_du_puits', 'age_du_puits_2', 'q_0e3f']);
  });

  it('are asked for only where there is one answer', () => {
    expect(askable(home(), 'b').map(({ question }) => question.id)).toEqual(['a']);
    expect(askable(home(), 'g2').map(({ question }) => question.id)).toEqual(['a', 'g1']);
    expect(askable(home(), 'a')).toEqual([]);
  });

  it('go along with copies, and conditions on what stays behind do not', () => {
    const questions = home();
    const [, group, age, word] = questions;
    if (group === undefined || age === undefined || word === undefined) throw new Error('a group');
    detailsOf(word).rules.relevant = '${age} > 3';
    detailsOf(age).rules.relevant = "${elsewhere} = 'x'";
    expect(askingFor(questions, age)).toEqual([word]);
    const fresh = copies([group, age, word], questions);
    expect(fresh.map(({ details }) => details?.part_of ?? null)).toEqual([null, fresh[0]?.id, fresh[0]?.id]);
    expect(fresh[1]?.details?.name).toBe('age_2');
    expect(fresh[2]?.details?.rules.relevant).toBe('${age_2} > 3');
    expect(fresh[1]?.details?.rules.relevant).toBe('');
    expect(copies([age], questions, true)[0]?.details?.rules.relevant).toBe("${elsewhere} = 'x'");
    expect(new Set([...questions, ...fresh].map(({ id }) => id)).size).toBe(8);
  });
});

it('a picture takes the place of another, a sound stays', () => {
  const both = withMedium(withMedium([], 'image', 'aabb.10'), 'audio', 'ccdd.20');
  expect(mediumOf(withMedium(both, 'image', 'eeff.30'), 'image')).toBe('eeff.30');
  expect(withMedium(both, 'image', null).map(({ kind }) => kind)).toEqual(['audio']);
});

describe('languages', () => {
  const draft = (): ConsultationDraft => ({ ...emptyDraft(), title: 'Wells', questions: [{ ...ask('a', 'single_choice'), label: 'Which?', kind: { type: 'single_choice', options: [{ id: 1, label: 'A' }, { id: 2, label: '' }] } }] });

  it('count what is not translated, options too, and nothing that is empty anyway', () => {
    const form = draft();
    addLanguage(form, 'العربية (ar)', 'English (en)');
    expect([mainOf(form), furtherOf(form)]).toEqual(['English (en)', ['العربية (ar)']]);
    expect(textsOf(form).map(({ what }) => what)).toEqual(['title', 'question', 'option']);
    expect(missingIn(form, 'العربية (ar)')).toBe(3);
    for (const text of textsOf(form)) text.put('العربية (ar)', 'نص');
    expect(missingIn(form, 'العربية (ar)')).toBe(0);
    expect(form.questions[0]?.details?.label['العربية (ar)']).toBe('نص');
    expect(form.details?.title['العربية (ar)']).toBe('نص');
    dropLanguage(form, 'العربية (ar)');
    expect(furtherOf(form)).toEqual([]);
    expect(form.questions[0]?.details?.label).toEqual({});
  });

  it('stand once each, the form’s own first', () => {
    const form = draft();
    addLanguage(form, 'Français (fr)', 'English (en)');
    addLanguage(form, ' Français (fr) ', 'English (en)');
    setMain(form, 'العربية (ar)');
    expect(form.details?.languages).toEqual(['العربية (ar)', 'Français (fr)']);
    dropLanguage(form, 'العربية (ar)');
    expect(mainOf(form)).toBe('العربية (ar)');
  });

  it('say how they run', () => {
    expect([codeOf('فارسی (fa)'), codeOf('Twi'), codeOf('Português (pt-BR)')]).toEqual(['fa', undefined, 'pt']);
    expect([directionOfNamed('فارسی (fa)'), directionOfNamed('English (en)'), directionOfNamed('Twi')]).toEqual(['rtl', 'ltr', 'auto']);
    expect([shownName('Kurdî (ku)'), shownName('Arabic (ar)'), shownName('Twi')]).toEqual(['Kurdî', 'العربية', 'Twi']);
  });
});

describe('the library', () => {
  it('has its own questions in three languages, with names of their own', () => {
    const form = emptyDraft();
    addLanguage(form, 'English (en)', 'العربية (ar)');
    for (const common of COMMON) {
      const question = commonQuestion(common, form, 'fr');
      expect(question.label).toBe(common.label.ar);
      expect(question.details?.label).toEqual({ 'English (en)': common.label.en });
      expect(optionsOf(question.kind).length).toBe(common.options?.length ?? optionsOf(question.kind).length);
      expect(question.details?.name).toMatch(/^[a-z_]+$/u);
    }
    expect(new Set(COMMON.map(({ name }) => name)).size).toBe(COMMON.length);
  });

  it('gives another form’s question in this form’s language', () => {
    const form = emptyDraft();
    addLanguage(form, 'Français (fr)', 'English (en)');
    const question = ask('x', 'text', 'gone');
    question.label = 'أين؟';
    detailsOf(question).label = { 'English (en)': 'Where?', 'Español (es)': '¿Dónde?' };
    const [one] = taken({ question, space: '', inside: [], consultation: '', language: 'العربية (ar)' }, form);
    expect([one?.label, one?.details?.label, one?.details?.part_of]).toEqual(['Where?', {}, null]);
    expect(question.label).toBe('أين؟');
  });

  it('finds words without vowel signs and in any shape of a letter', () => {
    expect(matches('كم عُمُرُكَ يا أحمد؟', 'عمرك احمد')).toBe(true);
    expect(matches('Âge du puits', 'age PUITS')).toBe(true);
    expect(matches('Age', 'sex')).toBe(false);
  });
});

it('says what has no words in the first language in another, or by its name', () => {
  const details = (label: Record<string, string>) => ({ name: 'yes', label });
  expect(wordsOf('Oui', details({ ar: 'نعم' }))).toBe('Oui');
  expect(wordsOf('', details({ ar: 'نعم', default: 'Yes' }))).toBe('Yes');
  expect(wordsOf('', details({ ar: '', fr: 'Oui' }))).toBe('Oui');
  expect(wordsOf('', details({}))).toBe('yes');
  expect(wordsOf('', undefined)).toBe('');
});

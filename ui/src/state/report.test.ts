import { describe, expect, it } from 'vitest';

import type { AnswerTo } from '../bindings/AnswerTo';
import type { QuestionView } from '../bindings/QuestionView';
import { stepSaid, themedOf, worded } from './report.svelte';
import { words } from './words.svelte';

const asked = (id: string, kind: QuestionView['kind']): QuestionView => ({ id, label: id, hint: '', required: false, kind });
const said = (question: string, text: string): AnswerTo => ({ question, value: { type: 'text', value: text } });

describe('a reply', () => {
  it('says that something is done only where its day is not ahead', () => {
    words.language = 'en';
    const time = Date.parse('2026-11-28T10:00:00Z');
    const said = (day: string | null): string => stepSaid({ kind: 'done', day, time });
    expect([said(null), said('2026-03-01'), said('2027-03-01')]).toEqual(['We did', 'We did', 'We will']);
    expect(stepSaid({ kind: 'not_done', day: '2027-03-01', time })).toBe('We did not, because');
  });
});

describe('what an answer says in words', () => {
  const choice: AnswerTo = { question: 'where', value: { type: 'choices', value: [1] } };

  it('is what was written, in the order of the form', () => {
    const questions = [asked('why', { type: 'text' }), asked('where', { type: 'single_choice', options: [] }), asked('else', { type: 'text' })];
    const words = worded({ answers: [choice, said('else', 'b'), said('why', 'a')] }, questions);
    expect(words.map((one) => one.question.id)).toEqual(['why', 'else']);
    expect(words[0]?.value).toEqual({ type: 'text', value: 'a' });
  });

  it('is nothing where words were asked for and none were given', () => {
    expect(worded({ answers: [choice] }, [asked('why', { type: 'text' }), asked('where', { type: 'single_choice', options: [] })])).toEqual([]);
  });

  it('has what stands in rows where somebody searches for it', () => {
    const questions = [asked('why', { type: 'text' }), asked('members', { type: 'repeat' }), asked('name', { type: 'text' })];
    const row = (name: string): AnswerTo[] => [said('name', name)];
    const of = { answers: [{ question: 'members', value: { type: 'rows' as const, value: [row('a'), row('b')] } }] };
    expect(worded(of, questions)).toEqual([]);
    expect(worded(of, questions, true).map((one) => [one.question.id, one.value])).toEqual([['name', said('', 'a').value], ['name', said('', 'b').value]]);
  });

  it('is everything where no words were asked for', () => {
    expect(worded({ answers: [choice] }, [asked('where', { type: 'single_choice', options: [] })])).toHaveLength(1);
  });
});

it('a choice in the list of themes asks for what it names', () => {
  expect(themedOf('none')).toEqual({ type: 'none' });
  expect(themedOf('all')).toEqual({ type: 'all' });
  expect(themedOf('ab12')).toEqual({ type: 'theme', theme: 'ab12' });
});

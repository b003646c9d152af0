// How a form's questions are laid out on screens.

import { expect, it } from 'vitest';

import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { QuestionKindView } from '../bindings/QuestionKindView';
import type { RepeatView } from '../bindings/RepeatView';
import { faultOf } from './brief';
import type { Asked } from './filling';
import { asAsked, headingsAbove, rangeSteps, rowAt, rowPlace, stepOf, stepsOf, whereStopped } from './filling';

function asked(...list: readonly [path: string, type: QuestionKindView['type'], page: number][]): Asked {
  const each = list.map(([path, type, page]): [string, FilledQuestion] => [
    path,
    { ...asAsked({ id: path, label: path, hint: '', required: false, kind: { type } as QuestionKindView }), path, page },
  ]);
  return new Map(each);
}

function repeat(path: string, rows: number, after: string, free = true): RepeatView {
  return { path, question: path, label: path, rows, free, after };
}

const names = (asked: Asked, repeats: readonly RepeatView[]): string[] => stepsOf([...asked.keys()], asked, repeats).map((step) => step.name);

it('puts one question on a screen, and together what the form wants on one page', () => {
  const all = asked(['/a', 'text', 0], ['/g', 'group', 1], ['/g/b', 'text', 1], ['/g/c', 'number', 1], ['/d', 'note', 2]);
  const steps = stepsOf([...all.keys()], all, []);
  expect(steps.map((step) => step.paths)).toEqual([['/a'], ['/g', '/g/b', '/g/c'], ['/d']]);
  expect(steps.map((step) => step.name)).toEqual(['/a', '/g/b', '/d']);
  expect(stepOf(steps, '/g/c')).toBe(1);
  expect(stepOf(steps, '/gone')).toBe(-1);
});

it('ends a repeat with the place to add a row, the inner one first, and none where the form counts', () => {
  const all = asked(['/a', 'text', 0], ['/m[1]', 'repeat', 1], ['/m[1]/n', 'text', 1], ['/m[1]/k[1]', 'repeat', 2], ['/m[1]/k[1]/x', 'text', 2]);
  const outer = repeat('/m', 1, '/m[1]/k[1]/x');
  const inner = repeat('/m[1]/k', 1, '/m[1]/k[1]/x');
  expect(names(all, [outer, inner])).toEqual(['/a', '/m[1]/n', '/m[1]/k[1]/x', 'rows:/m[1]/k', 'rows:/m']);
  expect(names(all, [{ ...outer, free: false }])).toEqual(['/a', '/m[1]/n', '/m[1]/k[1]/x']);
});

it('offers a repeat without rows behind what comes before it, or first of all', () => {
  const all = asked(['/a', 'text', 0], ['/b', 'text', 1]);
  expect(names(all, [repeat('/m', 0, '/a')])).toEqual(['/a', 'rows:/m', '/b']);
  expect(names(all, [repeat('/m', 0, '')])).toEqual(['rows:/m', '/a', '/b']);
});

it('keeps the way to a repeat whose group has no question', () => {
  const all = asked(['/g', 'group', 0]);
  expect(names(all, [repeat('/g/m', 0, '/g')])).toEqual(['rows:/g/m']);
});

it('knows a row, its number and how many there are', () => {
  const all = asked(['/m[2]', 'repeat', 0], ['/m[2]/n', 'text', 0]);
  expect(rowAt('/m[2]')).toEqual({ repeat: '/m', at: 2 });
  expect(rowAt('/m[2]/n')).toBeUndefined();
  expect(rowPlace('/m[2]', all, [repeat('/m', 3, '')])).toEqual({ label: '/m[2]', at: 2, of: 3 });
  expect(headingsAbove('/m[2]/n', [...all.keys()], all)).toEqual(['/m[2]']);
});

it('begins at the first question without an answer, past texts to read', () => {
  const all = new Map(asked(['/t', 'note', 0], ['/a', 'text', 1], ['/b', 'text', 2]));
  const first = all.get('/a');
  if (first !== undefined) all.set('/a', { ...first, value: { type: 'text', value: 'x' } });
  const steps = stepsOf([...all.keys()], all, []);
  expect(whereStopped(steps, all, '')).toBe(2);
  const last = all.get('/b');
  if (last !== undefined) all.set('/b', { ...last, read_only: true });
  expect(whereStopped(steps, all, '')).toBe(0);
});

it('goes on behind the last answer, not at what was passed over, and stays where more is asked on the page', () => {
  const all = new Map(asked(['/a', 'text', 0], ['/g', 'group', 1], ['/g/b', 'text', 1], ['/g/c', 'text', 1], ['/d', 'text', 2]));
  const answer = (path: string): void => {
    const one = all.get(path);
    if (one !== undefined) all.set(path, { ...one, value: { type: 'text', value: 'x' } });
  };
  const steps = stepsOf([...all.keys()], all, []);
  answer('/g/b');
  expect(whereStopped(steps, all, '/g/b')).toBe(1);
  answer('/g/c');
  expect(whereStopped(steps, all, '/g/b')).toBe(2);
  answer('/d');
  expect(whereStopped(steps, all, '/d')).toBe(2);
  expect(whereStopped(steps, all, '/gone')).toBe(0);
});

it('lets few steps of a range be touched and many be typed', () => {
  expect(rangeSteps('0', '1', '0.25')).toEqual(['0', '0.25', '0.5', '0.75', '1']);
  expect(rangeSteps('0', '0.3', '0.1')).toEqual(['0', '0.1', '0.2', '0.3']);
  expect(rangeSteps('0', '100', '1')).toBeUndefined();
  expect(rangeSteps('0', '10', '0')).toBeUndefined();
  expect(rangeSteps('x', '10', '1')).toBeUndefined();
});

it('says what is wrong in the form’s own words, once it may', () => {
  const [question] = [...asked(['/a', 'whole_number', 0]).values()];
  if (question === undefined) throw new Error('there is one');
  const wrong = { ...question, wrong: { why: 'constraint' as const, message: 'لا أحد بهذا العمر' } };
  expect(faultOf(wrong, undefined, true)).toBe('لا أحد بهذا العمر');
  expect(faultOf(wrong, undefined, false)).toBeUndefined();
  expect(faultOf(question, { code: 'answer_unfit', message: '', detail: null }, false)).toMatch(/12/u);
});

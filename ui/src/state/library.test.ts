// Questions of another space bring along what they show and play, as that stays in its space.

import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { QuestionView } from '../bindings/QuestionView';
import { carried } from './library.svelte';
import { useBackend } from './node';

vi.mock('./beside', () => ({ keep: (_: Blob, kind: string, small: boolean, space: string) => Promise.resolve(`${space} ${kind}${small ? ' small' : ''}`) }));

function asked(): QuestionView[] {
  const medium = (kind: string, blob: string): object => ({ kind, language: '', file: `${blob}.file`, blob });
  const option = { id: 1, label: 'Well', details: { media: [medium('image', 'well')] } };
  return [{ id: 'a', kind: { type: 'single_choice', options: [option] }, details: { media: [medium('audio', 'read'), medium('image', 'gone')] } }] as unknown as QuestionView[];
}

const blobs = (questions: QuestionView[]): (string | null | undefined)[] =>
  questions.flatMap(({ details, kind }) => [...(details?.media ?? []), ...('options' in kind ? kind.options.flatMap((one) => one.details?.media ?? []) : [])].map(({ blob }) => blob));

it('keeps pictures and sounds of another space in this one, and says which are not on this device', async () => {
  const node = new FixtureBackend();
  node.answers = { blob: ({ blob }) => ({ size: 3, held: 3, sealed: false, media_type: 'x', base64: blob === 'gone' ? null : 'YWJj' }) };
  useBackend(node);
  const questions = asked();
  await carried(questions, 'there', 'here');
  expect(blobs(questions)).toEqual(['here audio', null, 'here image small']);
  expect(node.calls.map(({ args }) => args)).toContainEqual({ space: 'there', blob: 'read' });
  const own = asked();
  await carried(own, 'here', 'here');
  expect(blobs(own)).toEqual(['read', 'gone', 'well']);
});

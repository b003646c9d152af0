// While something is read nothing else begins, and whoever is at a control stays there.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { QuestionView } from '../../bindings/QuestionView';
import { useBackend } from '../../state/node';
import { words } from '../../state/words.svelte';
import Representation from './Representation.svelte';

it('turns to another question without losing who turned, and to one at a time', async () => {
  words.language = 'en';
  const node = new FixtureBackend();
  let read: (() => void)[] = [];
  node.answers.draft = () => new Promise((done) => read.push(() => done(null)));
  useBackend(node);
  const questions = ['a', 'b', 'c'].map((id) => ({ id, label: `Question ${id}`, hint: '', required: false, kind: { type: 'single_choice', options: [{ id: 1, label: `Of ${id}` }] } }) as unknown as QuestionView);
  const shown = mount(Representation, { target: document.body, props: { space: 's', consultation: 'k', questions, source: [] } });
  const fold = document.querySelector('details');
  if (fold !== null) fold.open = true;
  fold?.dispatchEvent(new Event('toggle'));
  flushSync();
  const done = async (): Promise<void> => {
    for (const one of read) one();
    read = [];
    await vi.waitFor(() => expect(select()?.getAttribute('aria-busy')).toBe('false'));
  };
  const select = (): HTMLSelectElement | null => document.querySelector('select');
  const turn = (to: string): void => {
    const one = select();
    if (one === null) return;
    one.focus();
    one.value = to;
    one.dispatchEvent(new Event('change', { bubbles: true }));
    flushSync();
  };
  await done();
  turn('b');
  expect([select()?.disabled, document.activeElement === select(), select()?.getAttribute('aria-busy')]).toEqual([false, true, 'true']);
  turn('c');
  expect([select()?.value, node.made('draft')]).toEqual(['b', 2]);
  document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  expect(node.made('put_draft')).toBe(0);
  await done();
  expect(document.body.textContent).toContain('Of b');
  turn('c');
  await done();
  expect([select()?.value, document.body.textContent?.includes('Of c')]).toEqual(['c', true]);
  await unmount(shown);
});

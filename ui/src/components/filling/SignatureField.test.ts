// A signature on glass: the last stroke is kept, however soon somebody goes on, and nothing that was cleared.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, failure } from '../../../tests/fixture/backend';
import type { AnswerValue } from '../../bindings/AnswerValue';
import type { QuestionView } from '../../bindings/QuestionView';
import { asAsked } from '../../state/filling';
import { allKept, untold } from '../../state/keeping';
import { useBackend } from '../../state/node';
import { route } from '../../state/route.svelte';
import { words } from '../../state/words.svelte';
import Question from './Question.svelte';
import SignatureField from './SignatureField.svelte';

/** Drawings that are on their way to the device: where they go, and how it takes them. */
let kept: { space: string; take: () => void; refuse: () => void }[] = [];
vi.mock('../../state/media.svelte', async (all) => ({
  ...(await all<object>()),
  keepPhoto: (_: Blob, __: unknown, space: string) =>
    new Promise((done, fail) => {
      const full = `drawing ${String(kept.length)}`;
      kept.push({ space, take: () => done({ type: 'photo', value: { full, preview: full } }), refuse: () => fail(failure('disk_full')) });
    }),
}));

let given: (AnswerValue | undefined)[] = [];
let shown: Record<string, unknown>;

function stroke(): void {
  const board = document.querySelector('canvas');
  for (const part of ['pointerdown', 'pointerup']) board?.dispatchEvent(Object.assign(new Event(part, { bubbles: true }), { pointerId: 1, clientX: 5, clientY: 5 }));
  flushSync();
}

beforeEach(() => {
  [kept, given] = [[], []];
  words.language = 'en';
  useBackend(new FixtureBackend());
  Object.assign(HTMLCanvasElement.prototype, {
    getContext: () => ({ fillRect: () => undefined, beginPath: () => undefined, moveTo: () => undefined, lineTo: () => undefined, stroke: () => undefined }),
    toBlob: (done: (file: Blob) => void) => done(new Blob(['drawn'])),
    setPointerCapture: () => undefined,
  });
  route.replace({ page: 'answer', space: 's1', consultation: 'c' });
  shown = mount(SignatureField, { target: document.body, props: { legend: 'Sign', value: undefined, describedby: '', onchange: (value: AnswerValue | undefined) => given.push(value) } });
  flushSync();
});

afterEach(async () => {
  document.body.replaceChildren();
  await allKept();
});

it('is kept at once where somebody goes on before the hand has rested', async () => {
  stroke();
  const all = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(1));
  expect(given).toEqual([]);
  kept[0]?.take();
  expect(await all).toBe(true);
  expect(given.length).toBe(1);
  await unmount(shown);
});

it('goes where it was drawn, although the screen is another by then', async () => {
  stroke();
  route.replace({ page: 'now' });
  await unmount(shown);
  await vi.waitFor(() => expect(kept.length).toBe(1));
  expect(kept[0]?.space).toBe('s1');
  kept[0]?.take();
});

it('gives the drawing that stands on the board, not the one that was cleared while it was kept', async () => {
  stroke();
  const first = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(1));
  document.querySelector<HTMLButtonElement>('.row button')?.click();
  stroke();
  kept[0]?.take();
  await vi.waitFor(() => expect(kept.length).toBe(2));
  expect(given).toEqual([]);
  kept[1]?.take();
  await first;
  expect(given).toEqual([{ type: 'photo', value: { full: 'drawing 1', preview: 'drawing 1' } }]);
  await unmount(shown);
});

it('tries again what could not be kept, before anything is handed in', async () => {
  stroke();
  const first = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(1));
  kept[0]?.refuse();
  expect(await first).toBe(false);
  const second = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(2));
  kept[1]?.take();
  expect(await second).toBe(true);
  expect(given).toEqual([{ type: 'photo', value: { full: 'drawing 1', preview: 'drawing 1' } }]);
  expect(await allKept()).toBe(true);
  expect(kept.length).toBe(2);
  await unmount(shown);
});

it('tries again when the question is left, and holds nothing back for ever once its board is gone', async () => {
  stroke();
  const first = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(1));
  kept[0]?.refuse();
  await first;
  await unmount(shown);
  await vi.waitFor(() => expect(kept.length).toBe(2));
  kept[1]?.refuse();
  await new Promise((soon) => setTimeout(soon, 5));
  const last = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(3));
  kept[2]?.refuse();
  expect(await last).toBe(false);
  expect(await allKept()).toBe(true);
  expect(kept.length).toBe(3);
});

it('forgets what was cleared', async () => {
  stroke();
  const first = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(1));
  kept[0]?.refuse();
  expect(await first).toBe(false);
  flushSync();
  document.querySelector<HTMLButtonElement>('.row button')?.click();
  expect(await allKept()).toBe(true);
  expect(kept.length).toBe(1);
  await unmount(shown);
});

it('is said once, once more where something was drawn since, and not where it was cleared', async () => {
  /** What is told, after the next try failed. */
  const told = async (): Promise<number> => {
    const [tries, lost] = [kept.length, untold(undefined)];
    await vi.waitFor(() => expect(kept.length).toBe(tries + 1));
    kept[tries]?.refuse();
    return (await lost).length;
  };
  const clear = (): void => {
    document.querySelector<HTMLButtonElement>('.row button')?.click();
    flushSync();
  };
  const alert = (): Element | null => document.querySelector('[role="alert"]');
  stroke();
  expect(await told()).toBe(1);
  expect(await told()).toBe(0);
  stroke();
  expect(await told()).toBe(1);
  flushSync();
  expect(alert()).not.toBeNull();
  clear();
  expect(alert()).toBeNull();
  stroke();
  const [tries, lost] = [kept.length, untold(undefined)];
  await vi.waitFor(() => expect(kept.length).toBe(tries + 1));
  clear();
  kept[tries]?.refuse();
  expect(await lost).toEqual([]);
  flushSync();
  expect(alert()).toBeNull();
  await unmount(shown);
});

it('is known by the filling that it is of, also once its board is gone', async () => {
  await unmount(shown);
  const question = asAsked({ id: 'sign', label: 'Sign', hint: '', required: false, kind: { type: 'photo' }, details: { appearance: 'signature' } } as unknown as QuestionView);
  const asked = mount(Question, { target: document.body, props: { question, filling: 'a', value: undefined, onchange: () => undefined } });
  flushSync();
  stroke();
  await unmount(asked);
  const all = allKept();
  await vi.waitFor(() => expect(kept.length).toBe(1));
  kept[0]?.refuse();
  expect(await all).toBe(false);
  const other = untold('b');
  await vi.waitFor(() => expect(kept.length).toBe(2));
  kept[1]?.refuse();
  expect(await other).toEqual([]);
});

// A draft is handed to the space at every pause, but not while a number in it cannot be read.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn } from '../../tests/fixture/backend';
import type { PresetsView } from '../bindings/PresetsView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { ConsultationView } from '../bindings/ConsultationView';
import { useBackend } from '../state/node';
import { say, words } from '../state/words.svelte';
import Edit from './Edit.svelte';

let node: FixtureBackend;
let shown: Record<string, unknown> | undefined;

beforeEach(async () => {
  words.language = 'en';
  node = new FixtureBackend();
  const steps = [{ name: 'Answer', threshold: { by: 'number', signatures: 500 }, answer_days: 30 }];
  const rule = { type: 'petition', name: 'own', source: '', read_on: '2025-01-01', areas: false, distribution: null, steps, population: null, committee: null, members: [] };
  const form = { title: 'Well', description: '', audience: '', stage: 'consult', questions: [], activity: { rule, voters: 'everybody', shown: 'always', roll: null, quorum: null, least: 0 } } as unknown as ConsultationDraft;
  node.answers = {
    ...draftsOn(new Map()),
    consultation: () => ({ summary: { phase: 'draft' }, form, may_edit: true, problem: null }) as unknown as ConsultationView,
    activity_presets: () => ({ petitions: [], polls: [] }) as unknown as PresetsView,
    edit_consultation: ({ draft }) => draft,
  };
  useBackend(node);
  shown = mount(Edit, { target: document.body, props: { space: 's', consultation: 'c' } });
  await vi.waitFor(() => field());
});

afterEach(async () => {
  if (shown !== undefined) await unmount(shown);
  document.body.replaceChildren();
});

/** How many signatures are needed. */
function field(): HTMLInputElement {
  const label = [...document.querySelectorAll('label')].find((one) => one.textContent === say('petition.step.number'));
  const one = document.getElementById(label?.htmlFor ?? '');
  if (!(one instanceof HTMLInputElement)) throw new Error('no field');
  return one;
}

function write(text: string): void {
  field().value = text;
  field().dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

const done = (): void => {
  [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === say('act.done'))?.click();
  flushSync();
};
const pause = (): Promise<void> => new Promise((soon) => setTimeout(soon, 1500));

it('keeps a number that cannot be read out of the space, also when the page is left', async () => {
  write('1,000');
  done();
  await pause();
  expect([node.made('edit_consultation'), field().value, document.activeElement === field()]).toEqual([0, '1,000', true]);
  if (shown !== undefined) await unmount(shown);
  shown = undefined;
  await pause();
  expect(node.made('edit_consultation')).toBe(0);
});

it('hands it in once it is mended', async () => {
  write('1,000');
  write('1000');
  await vi.waitFor(() => expect(node.made('edit_consultation')).toBe(1), 4000);
  expect(JSON.stringify(node.calls.findLast(({ name }) => name === 'edit_consultation')?.args)).toContain('"signatures":1000');
});

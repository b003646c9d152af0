// A draft is handed to the space at every pause, but not while a number in it cannot be read.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn } from '../../tests/fixture/backend';
import type { PresetsView } from '../bindings/PresetsView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { ConsultationView } from '../bindings/ConsultationView';
import { useBackend } from '../state/node';
import { say, words } from '../state/words.svelte';
import type { WordKey } from '../strings';
import Edit from './Edit.svelte';

let node: FixtureBackend;
let disk: Map<string, string>;
let shown: Record<string, unknown> | undefined;

beforeEach(async () => {
  words.language = 'en';
  node = new FixtureBackend();
  disk = new Map();
  const steps = [{ name: 'Answer', threshold: { by: 'number', signatures: 500 }, answer_days: 30 }];
  const rule = { type: 'petition', name: 'own', source: '', read_on: '2025-01-01', areas: false, distribution: null, steps, population: null, committee: null, members: [] };
  const form = { title: 'Well', description: '', audience: '', stage: 'consult', questions: [], activity: { rule, voters: 'everybody', shown: 'always', roll: null, quorum: null, least: 0 } } as unknown as ConsultationDraft;
  node.answers = {
    ...draftsOn(disk),
    consultation: () => ({ summary: { phase: 'draft' }, form, may_edit: true, problem: null }) as unknown as ConsultationView,
    activity_presets: () => ({ petitions: [], polls: [] }) as unknown as PresetsView,
    edit_consultation: ({ draft }) => draft,
  };
  useBackend(node);
  await open();
});

afterEach(close);

async function open(): Promise<void> {
  shown = mount(Edit, { target: document.body, props: { space: 's', consultation: 'c' } });
  await vi.waitFor(() => field());
}

async function close(): Promise<void> {
  if (shown !== undefined) await unmount(shown);
  shown = undefined;
  document.body.replaceChildren();
}

/** How many signatures are needed, or another field. */
function field(called: WordKey = 'petition.step.number'): HTMLInputElement {
  const label = [...document.querySelectorAll('label')].find((one) => one.textContent === say(called));
  const one = document.getElementById(label?.htmlFor ?? '');
  if (!(one instanceof HTMLInputElement)) throw new Error('no field');
  return one;
}

function write(text: string, called?: WordKey): void {
  field(called).value = text;
  field(called).dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

const done = (): void => {
  [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === say('act.done'))?.click();
  flushSync();
};
const pause = (ms = 1500): Promise<void> => new Promise((soon) => setTimeout(soon, ms));

it('keeps a number that cannot be read out of the space, also when the page is left', async () => {
  write('1,000');
  done();
  await pause();
  expect([node.made('edit_consultation'), field().value, document.activeElement === field()]).toEqual([0, '1,000', true]);
  await close();
  await pause();
  expect(node.made('edit_consultation')).toBe(0);
});

it('leaves nothing on this device of what was taken back before it was handed in', async () => {
  write('0');
  await pause(300);
  expect([...disk.keys()]).toEqual(['edit/c']);
  write('500');
  await vi.waitFor(() => expect(disk.size).toBe(0));
  await close();
  await open();
  await pause();
  expect([field().value, disk.size, node.made('edit_consultation')]).toEqual(['500', 0, 0]);
});

it('keeps the number that stood there while half of one that cannot be read is written, and says that nothing is handed in', async () => {
  const days = 'petition.step.days';
  write('1', days);
  await pause(300);
  write('1,', days);
  write('1,000', days);
  await vi.waitFor(() => expect(document.body.textContent).toContain(say('save.held')));
  await pause(300);
  await close();
  await open();
  expect(field(days).value).toBe('30');
  await pause();
  expect([node.made('edit_consultation'), document.body.textContent?.includes(say('save.held'))]).toEqual([0, false]);
});

it('hands it in once it is mended', async () => {
  write('1,000');
  write('1000');
  await vi.waitFor(() => expect(node.made('edit_consultation')).toBe(1), 4000);
  expect(JSON.stringify(node.calls.findLast(({ name }) => name === 'edit_consultation')?.args)).toContain('"signatures":1000');
});

it('hands in what is written while it hands in, and goes on at Done', async () => {
  const given: ((value: unknown) => void)[] = [];
  node.answers.edit_consultation = (({ draft }: { draft: unknown }) => new Promise((soon) => given.push(() => soon(draft)))) as never;
  write('600');
  await vi.waitFor(() => expect(node.made('edit_consultation')).toBe(1), 3000);
  write('700');
  done();
  await pause(50);
  expect(node.made('edit_consultation')).toBe(1);
  // What cannot be taken is not handed in with what waits.
  write('0');
  given[0]?.(undefined);
  await pause(50);
  expect(node.made('edit_consultation')).toBe(1);
  write('700');
  done();
  await vi.waitFor(() => expect(node.made('edit_consultation')).toBe(2));
  given[1]?.(undefined);
  await vi.waitFor(() => expect(location.hash).toContain('consultation'));
});

it('tries what failed again when it is changed, and not without end', async () => {
  node.answers.edit_consultation = () => {
    throw new Error('no');
  };
  write('600');
  await pause(2700);
  expect(node.made('edit_consultation')).toBe(1);
  write('700');
  await pause();
  expect(node.made('edit_consultation')).toBe(2);
});

it('goes on with what was written before, once that is handed in', async () => {
  await close();
  const other = { ...(((await node.call('consultation', {} as never)) as unknown as { form: object }).form), title: 'Spring' };
  disk.set('edit/c', JSON.stringify(other));
  await open();
  const title = (): string | undefined => document.querySelector('textarea')?.value;
  expect(title()).toBe('Spring');
  await vi.waitFor(() => expect(node.made('edit_consultation')).toBe(1), 3000);
  await pause(300);
  expect([title(), disk.size]).toEqual(['Spring', 0]);
});

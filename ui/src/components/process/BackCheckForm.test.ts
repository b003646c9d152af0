// What is found while somebody is asked again is on the disk, and something can be told of every answer.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn } from '../../../tests/fixture/backend';
import type { BackChecksView } from '../../bindings/BackChecksView';
import type { CheckedQuestion } from '../../bindings/CheckedQuestion';
import type { QuestionView } from '../../bindings/QuestionView';
import { BackChecks } from '../../state/backchecks.svelte';
import { useBackend } from '../../state/node';
import { words } from '../../state/words.svelte';
import BackCheckForm from './BackCheckForm.svelte';

const check = { slot: 'slot', mine: true, open: true, answer: null, since: null, officer: 'Amina', checker: 'Bilal', note: '', outcome: null };
const questions: QuestionView[] = ['a', 'b'].map((id) => ({ id, label: `Question ${id}`, hint: '', required: false, kind: { type: 'text' } }) as unknown as QuestionView);
const asked: CheckedQuestion[] = questions.map(({ id, label }) => ({ question: id, label, same: 0, other: 0 }));

let node: FixtureBackend;
let disk: Map<string, string>;
let shown: Record<string, unknown> | undefined;

beforeEach(() => {
  words.language = 'en';
  node = new FixtureBackend();
  disk = new Map();
  const none: BackChecksView = { drawings: [], checks: [], questions: [], officers: [], may_tell: true };
  node.answers = {
    ...draftsOn(disk),
    responses: () => ({ responses: [{ answers: questions.map(({ id }) => ({ question: id, value: { type: 'text', value: 'well' } })) }], total: 1 }) as never,
    tell_back_check: () => none,
  };
  useBackend(node);
});

afterEach(close);

async function close(): Promise<void> {
  if (shown !== undefined) await unmount(shown);
  shown = undefined;
  document.body.replaceChildren();
}

/** Opens it as a page that was opened anew. */
async function open(of: readonly CheckedQuestion[] = asked): Promise<void> {
  await close();
  shown = mount(BackCheckForm, { target: document.body, props: { of: new BackChecks('s', 'c'), check, asked: of, questions, ondone: () => undefined } });
  await vi.waitFor(() => expect(document.querySelector('fieldset, textarea, p + div button')).not.toBeNull());
}

async function press(label: string): Promise<void> {
  const button = [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === label);
  if (button === undefined) throw new Error(`no button ${label}`);
  button.click();
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
}

const radios = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('input[type="radio"]')];
const told = (): unknown => node.calls.find(({ name }) => name === 'tell_back_check')?.args;

it('what was found before the page died is there, is told, and gone then', async () => {
  await open();
  await press('I have asked: show what was entered');
  radios()[0]?.click();
  radios()[4]?.click();
  flushSync();
  await vi.waitFor(() => expect(disk.get('check/s/c/slot')).toContain('"b":"other"'));
  await open();
  await vi.waitFor(() => expect(radios().map(({ checked }) => checked)).toEqual([true, false, false, false, true, false]));
  await press('Record what I found');
  expect(told()).toMatchObject({ slot: 'slot', same: ['a'], other: ['b'], not_asked: '' });
  expect(disk.size).toBe(0);
});

it('going on later keeps it, and who was not there can be there after all', async () => {
  await open();
  await press('I have asked: show what was entered');
  radios()[0]?.click();
  await press('The person could not be asked');
  await press('Back to the questions');
  expect(radios()[0]?.checked).toBe(true);
  await press('Go on later');
  await vi.waitFor(() => expect(disk.get('check/s/c/slot')).toContain('"a":"same"'));
});

it('of an answer of which nothing can be compared, whoever asked tells in words', async () => {
  await open([]);
  await press('I have asked: show what was entered');
  const field = document.querySelector('textarea');
  if (field === null) throw new Error('nothing can be told');
  field.value = 'Says that somebody asked';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  await press('Record what I found');
  expect(told()).toMatchObject({ same: [], other: [], not_asked: 'Says that somebody asked' });
});

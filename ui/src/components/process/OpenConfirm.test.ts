// Opening with a day: the calendar has it, and what failed after the opening does not open again.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { FixtureBackend, failure } from '../../../tests/fixture/backend';
import type { ConsultationView } from '../../bindings/ConsultationView';
import { Consultation } from '../../state/consultation.svelte';
import { useBackend } from '../../state/node';
import { words } from '../../state/words.svelte';
import OpenConfirm from './OpenConfirm.svelte';

let node: FixtureBackend;
let shown: Record<string, unknown>;
let done = false;

beforeEach(() => {
  words.language = 'en';
  HTMLDialogElement.prototype.showModal = () => undefined;
  node = new FixtureBackend();
  node.answers.consultation = () => ({ summary: { phase: 'open' }, form: { title: 'Well', questions: [] } }) as unknown as ConsultationView;
  node.answers.open_consultation = () => ({});
  useBackend(node);
  done = false;
  const here = new Consultation('s', 'c');
  shown = mount(OpenConfirm, { target: document.body, props: { space: 's', consultation: 'c', here, title: 'Well', ondone: () => (done = true) } });
  flushSync();
});

afterEach(async () => {
  await unmount(shown);
  document.body.replaceChildren();
});

/** An element that is there. */
function at<T extends Element>(selector: string, number = 0): T {
  const one = document.querySelectorAll<T>(selector)[number];
  if (one === undefined) throw new Error(`no ${selector}`);
  return one;
}

function pick(select: number, value: string): void {
  const field = at<HTMLSelectElement>('select', select);
  field.value = value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  flushSync();
}

function date(day: string, month: string, year: string): void {
  at<HTMLInputElement>('input[type="checkbox"]').click();
  flushSync();
  const field = at<HTMLInputElement>('input[inputmode="numeric"]');
  field.value = year;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  pick(0, day);
  pick(1, month);
}

const yes = (): HTMLButtonElement => at('button[type="submit"]');
const settled = async (): Promise<void> => {
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
};

it('the 31st of a month that has none is asked for again, before anything is opened', async () => {
  date('31', '11', '2099');
  expect(at<HTMLSelectElement>('select').value).toBe('0');
  expect(document.body.textContent).toContain('Choose the day again');
  expect(yes().disabled).toBe(true);
  pick(0, '30');
  expect(document.body.textContent).not.toContain('Choose the day again');
  expect(yes().disabled).toBe(false);
  node.answers.open_until = () => ({});
  yes().click();
  await settled();
  expect(done).toBe(true);
  expect(node.calls.find(({ name }) => name === 'open_until')?.args).toMatchObject({ until: '2099-11-30T18:00' });
});

it('a day that could not be said is said again, and nothing is opened twice', async () => {
  node.answers.open_until = () => {
    throw failure('disk_full');
  };
  date('30', '11', '2099');
  yes().click();
  await settled();
  expect([done, node.made('open_consultation'), node.made('open_until')]).toEqual([false, 1, 1]);
  expect(document.body.textContent).toContain('until when could not be said');
  node.answers.open_until = () => ({});
  yes().click();
  await settled();
  expect([done, node.made('open_consultation'), node.made('open_until')]).toEqual([true, 1, 2]);
});

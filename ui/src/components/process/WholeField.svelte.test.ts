// A number that cannot be taken is held back with its reason, and nothing takes its place.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { ActivityView } from '../../bindings/ActivityView';
import type { SealingView } from '../../bindings/SealingView';
import type { Sealed } from '../../state/sealed.svelte';
import { words } from '../../state/words.svelte';
import WhoVotes from '../activity/WhoVotes.svelte';
import SealedCard from './SealedCard.svelte';
import WholeField from './WholeField.svelte';

let shown: Record<string, unknown>;

beforeEach(() => {
  [words.language, words.digits] = ['en', 'auto'];
  HTMLDialogElement.prototype.showModal = () => undefined;
});

afterEach(async () => {
  await unmount(shown);
  document.body.replaceChildren();
});

const field = (): HTMLInputElement => {
  const one = document.querySelector<HTMLInputElement>('input[inputmode="numeric"]');
  if (one === null) throw new Error('no field');
  return one;
};

function write(text: string): void {
  field().value = text;
  field().dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

function leave(): void {
  field().dispatchEvent(new Event('blur'));
  flushSync();
}

/** What is said at the field. */
function error(): string {
  const ids = (field().getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id.endsWith('-error'));
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ').replace(/[\u2068\u2069]/gu, '');
}

it('says at the field what is wrong, keeps digits as they are written, and follows a value from elsewhere', () => {
  [words.language, words.digits] = ['ar', 'arab'];
  const props = $state({ label: 'كم', value: 25 as number | null, least: 3, most: 2000, onchange: (value: number | null) => void (props.value = value) });
  shown = mount(WholeField, { target: document.body, props });
  flushSync();
  expect(field().value).toBe('٢٥');
  write('١٬٠٠٠x');
  expect(props.value).toBe(25);
  expect([field().getAttribute('aria-invalid'), error()]).toEqual(['true', 'اكتب عددًا صحيحًا بالأرقام وحدها، مثل ١٢٥٠٠.']);
  leave();
  expect(field().value).toBe('١٬٠٠٠x');
  // What is too small is said once it is left: another digit may follow.
  write('٢');
  expect(error()).toBe('');
  leave();
  expect(error()).toBe('اكتب عددًا صحيحًا من ٣ إلى ٢٬٠٠٠.');
  write('٢٠٠١');
  expect(error()).toContain('٢٬٠٠٠');
  write('٤٠');
  leave();
  expect([props.value, field().value, error()]).toEqual([40, '٤٠', '']);
  write('x');
  props.value = 7;
  flushSync();
  expect([field().value, error()]).toEqual(['٧', '']);
});

it('corrects the number of people without losing the quorum, which goes with it when it is left empty', () => {
  const activity = $state({ rule: { type: 'poll' }, voters: 'everybody', shown: 'always', roll: { people: 120, source: '' }, quorum: '50' } as unknown as ActivityView);
  shown = mount(WhoVotes, { target: document.body, props: { activity } });
  flushSync();
  write('');
  expect(activity.quorum).toBe('50');
  write('12,500');
  expect([activity.quorum, activity.roll?.people, error()]).toEqual(['50', 120, 'Write a whole number in digits alone, such as 12500.']);
  leave();
  expect(activity.quorum).toBe('50');
  write('12500');
  leave();
  expect([activity.quorum, activity.roll?.people, error()]).toEqual(['50', 12500, '']);
  write('');
  leave();
  expect([activity.quorum, activity.roll]).toEqual([null, null]);
});

it('leaves the source where it is while somebody goes there from the number that they emptied', () => {
  const activity = $state({ rule: { type: 'poll' }, voters: 'everybody', shown: 'always', roll: { people: 120, source: '' }, quorum: '50' } as unknown as ActivityView);
  shown = mount(WhoVotes, { target: document.body, props: { activity } });
  flushSync();
  const source = document.querySelector<HTMLInputElement>('input[maxlength="200"]');
  field().focus();
  write('');
  source?.focus();
  flushSync();
  expect([activity.quorum, activity.roll, document.activeElement === source, source?.isConnected]).toEqual([null, null, true, true]);
  source?.blur();
  flushSync();
  expect(source?.isConnected).toBe(false);
});

it('says aloud what is wrong', () => {
  shown = mount(WholeField, { target: document.body, props: { label: 'How many', value: null, onchange: () => undefined } });
  write('x');
  expect(document.querySelector('[role="status"]')?.textContent).toBe('Write a whole number in digits alone, such as 12500.');
});

it('publishes from 3 to 100 only, and says so', async () => {
  const published: number[] = [];
  const sealed = { publish: (least: number) => Promise.resolve(published.push(least)) } as unknown as Sealed;
  const view = { questions: ['a'], keepers: [], threshold: 1, may_publish: true } as unknown as SealingView;
  shown = mount(SealedCard, { target: document.body, props: { sealed, view } });
  flushSync();
  document.querySelector<HTMLButtonElement>('button')?.click();
  flushSync();
  for (const wrong of ['2', '101', '1,0', '']) {
    write(wrong);
    document.querySelector<HTMLButtonElement>('button[type="submit"]')?.click();
    flushSync();
    expect(error()).toContain(wrong === '1,0' ? 'digits alone' : 'from 3 to 100');
    expect(document.activeElement).toBe(field());
  }
  expect(published).toEqual([]);
  write('3');
  document.querySelector<HTMLButtonElement>('button[type="submit"]')?.click();
  await new Promise((soon) => setTimeout(soon, 5));
  expect(published).toEqual([3]);
});

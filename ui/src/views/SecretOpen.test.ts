// Opening a secret vote never does nothing in silence, whatever was written and left.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { ConsultationView } from '../bindings/ConsultationView';
import type { MemberView } from '../bindings/MemberView';
import { useBackend } from '../state/node';
import { say, words } from '../state/words.svelte';
import SecretOpen from './SecretOpen.svelte';

let node: FixtureBackend;
let shown: Record<string, unknown>;

beforeEach(async () => {
  words.language = 'en';
  node = new FixtureBackend();
  node.answers = {
    consultation: () => ({ summary: { phase: 'draft' }, form: { title: 'Well', questions: [] } }) as unknown as ConsultationView,
    members: () => ['Amina', 'Bilal', 'Chadia', 'Dara', 'Emna', 'Fares'].map((name) => ({ device: name, person: name, name, rank: 'member' })) as unknown as MemberView[],
    weigh_risk: (risk) => ({ paper_only: risk.stakes, because: risk.stakes ? ['stakes'] : [] }) as never,
    open_secret: () => ({}),
  };
  useBackend(node);
  shown = mount(SecretOpen, { target: document.body, props: { space: 's', consultation: 'c' } });
  await vi.waitFor(() => expect(document.querySelectorAll('fieldset').length).toBe(5));
  for (const at of [0, 1, 2, 3, 4]) answer(at, 'no');
  await vi.waitFor(() => expect(document.querySelectorAll('input[type="checkbox"]').length).toBe(7));
  for (const at of [0, 1, 2]) document.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')[at]?.click();
  flushSync();
});

afterEach(async () => {
  await unmount(shown);
  document.body.replaceChildren();
});

function answer(at: number, said: 'yes' | 'no'): void {
  document.querySelectorAll('fieldset')[at]?.querySelector<HTMLInputElement>(`input[value="${said}"]`)?.click();
  flushSync();
}

const threshold = (): HTMLInputElement | undefined => document.querySelectorAll<HTMLInputElement>('input[inputmode="numeric"]')[0];

function write(text: string): void {
  const field = threshold();
  if (field === undefined) throw new Error('no field');
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

function open(): void {
  [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === say('secret.open'))?.click();
  flushSync();
}

const asked = (): unknown => node.calls.find(({ name }) => name === 'open_secret')?.args;

it('opens with what stands at the field, also after its fields were away', async () => {
  write('2a');
  open();
  expect([node.made('open_secret'), document.activeElement === threshold()]).toEqual([0, true]);
  answer(0, 'yes');
  await vi.waitFor(() => expect(threshold()).toBeUndefined());
  answer(0, 'no');
  await vi.waitFor(() => expect(threshold()?.value).toBe('2'));
  open();
  await vi.waitFor(() => expect(asked()).toMatchObject({ threshold: 2, minimum: 3 }));
});

it('opens with what is proposed where the field was emptied', async () => {
  write('');
  open();
  await vi.waitFor(() => expect(asked()).toMatchObject({ threshold: 2, minimum: 3 }));
});

// While a question is taken in no other one is, it is said, and what it shows goes where it was asked for.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { ConsultationDraft } from '../../bindings/ConsultationDraft';
import type { ConsultationSummary } from '../../bindings/ConsultationSummary';
import type { ConsultationView } from '../../bindings/ConsultationView';
import type { SpaceSummary } from '../../bindings/SpaceSummary';
import { useBackend } from '../../state/node';
import { route } from '../../state/route.svelte';
import { words } from '../../state/words.svelte';
import LibraryPanel from './LibraryPanel.svelte';

let keep: (() => void) | undefined;
let kept: string | undefined;
vi.mock('../../state/media.svelte', async (all) => ({
  ...(await all<object>()),
  keepPhoto: (_: Blob, __: unknown, space: string) =>
    new Promise((done) => {
      kept = space;
      keep = () => done({ type: 'photo', value: { full: 'full', preview: 'small' } });
    }),
}));

it('takes one question at a time, into the space where it was asked for', async () => {
  words.language = 'en';
  route.replace({ page: 'ask', space: 'here' });
  const details = { label: {}, hint: {}, rules: {}, properties: {}, appearance: [], part_of: null, name: 'well', media: [{ kind: 'image', file: 'well.png', language: '', blob: 'b' }] };
  const question = { id: 'a', label: 'Well?', hint: '', required: false, kind: { type: 'text' }, details };
  const node = new FixtureBackend();
  node.answers = {
    spaces: () => [{ space: 'there' }] as unknown as SpaceSummary[],
    consultations: () => [{ space: 'there', consultation: 'c', title: 'Water', time: 1 }] as unknown as ConsultationSummary[],
    consultation: () => ({ form: { questions: [question], details: undefined } }) as unknown as ConsultationView,
    // Another screen is shown by the time that the picture is read.
    blob: () => {
      route.replace({ page: 'ask', space: 'elsewhere' });
      return { size: 1, held: 1, sealed: false, media_type: 'image/png', base64: 'YQ==' };
    },
  };
  useBackend(node);
  let given = 0;
  const draft = { title: '', description: '', audience: '', stage: 'consult', questions: [] } as unknown as ConsultationDraft;
  const shown = mount(LibraryPanel, { target: document.body, props: { draft, ontake: () => (given += 1) } });
  const buttons = (): HTMLButtonElement[] => [...document.querySelectorAll('button')];
  await vi.waitFor(() => expect(buttons().some((one) => one.title.includes('Well?'))).toBe(true));
  const pressed = buttons().find((one) => one.title.includes('Well?'));
  pressed?.focus();
  for (const one of [pressed, pressed, buttons()[0]]) one?.click();
  flushSync();
  // Who pressed it stays there.
  expect([document.activeElement === pressed, document.querySelector('ul')?.getAttribute('aria-busy'), given]).toEqual([true, 'true', 0]);
  expect(document.querySelector('[role="status"]')?.textContent).toContain('Well?');
  await vi.waitFor(() => expect(kept).toBe('here'));
  keep?.();
  await vi.waitFor(() => expect(given).toBe(1));
  flushSync();
  expect(document.querySelector('ul')?.getAttribute('aria-busy')).toBe('false');
  await unmount(shown);
});

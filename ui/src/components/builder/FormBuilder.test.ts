// Files that come to a form while somebody writes in it.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { ConsultationDraft } from '../../bindings/ConsultationDraft';
import { useBackend } from '../../state/node';
import { words } from '../../state/words.svelte';
import FormBuilder from './FormBuilder.svelte';

let kept: (() => void) | undefined;
vi.mock('../../state/media.svelte', async (all) => ({
  ...(await all<object>()),
  keepPhoto: () => new Promise((done) => (kept = () => done({ type: 'photo', value: { full: 'full', preview: 'small' } }))),
}));

it('what is written while files are kept stays', async () => {
  words.language = 'en';
  useBackend(new FixtureBackend());
  const details = { label: {}, hint: {}, rules: {}, properties: {}, appearance: [], part_of: null, name: 'well', media: [{ kind: 'image', file: 'well.png', language: '', blob: null }] };
  const question = { id: 'a', label: 'Well?', hint: '', required: false, kind: { type: 'text' }, details };
  let draft = { title: 'Water', description: '', audience: '', stage: 'consult', questions: [question], details: undefined } as unknown as ConsultationDraft;
  const props = { title: 'Questions', get draft() { return draft; }, set draft(now) { draft = now; } };
  const shown = mount(FormBuilder, { target: document.body, props });
  flushSync();
  const picker = document.querySelector<HTMLInputElement>('input[accept^=".zip"]');
  if (picker === null) throw new Error('no picker');
  Object.defineProperty(picker, 'files', { value: [new File(['w'], 'well.png')] });
  picker.dispatchEvent(new Event('change', { bubbles: true }));
  await vi.waitFor(() => expect(kept).toBeDefined());
  // Somebody goes on writing.
  draft = { ...draft, questions: draft.questions.map((one) => ({ ...one, label: 'How deep is the well?' })) };
  kept?.();
  await vi.waitFor(() => expect(draft.questions[0]?.details?.media[0]?.blob).toBe('full'));
  expect(draft.questions[0]?.label).toBe('How deep is the well?');
  await unmount(shown);
});

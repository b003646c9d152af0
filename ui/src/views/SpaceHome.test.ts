// What a space asks of somebody who took an answer back: nothing more, and the row says whose answer it was.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { ConsultationSummary } from '../bindings/ConsultationSummary';
import type { SpaceView } from '../bindings/SpaceView';
import { useBackend } from '../state/node';
import { words } from '../state/words.svelte';
import SpaceHome from './SpaceHome.svelte';

it('does not ask again whoever took an answer back', async () => {
  words.language = 'en';
  const node = new FixtureBackend();
  const one = { space: 's', space_name: 'Ain Safa', title: 'Well', stage: 'consult', phase: 'open', kind: 'survey', questions: 1, answers: 1, answered: false, withdrawn: true, undone: false, forked: false, until: null, notice: null };
  const all = [{ ...one, consultation: 'back' }, { ...one, consultation: 'asked', title: 'Road', withdrawn: false }];
  node.answers = {
    space: () => ({ purpose: '', founder: 'Amina', set_aside: 0, may: ['respond'], summary: { sample: false, rank: 'member', waiting: false, must_join: null, members: 1, sync: 'alone', with: 0 } }) as unknown as SpaceView,
    consultations: () => all as unknown as ConsultationSummary[],
    documents: () => [],
  };
  useBackend(node);
  const shown = mount(SpaceHome, { target: document.body, props: { space: 's' } });
  await vi.waitFor(() => expect(document.body.textContent).toContain('Road'));
  flushSync();
  const [back, asked] = ['Well', 'Road'].map((title) => [...document.querySelectorAll('li')].find((item) => item.textContent?.includes(title)));
  expect(back?.textContent).toContain('Answer taken back');
  expect([back, asked].map((item) => item?.querySelector('.card') === null)).toEqual([true, false]);
  await unmount(shown);
});

// What this page says of the device is read when it is opened.

import { mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { Me as MeView } from '../bindings/Me';
import { useBackend } from '../state/node';
import { profile } from '../state/profile.svelte';
import { data, say } from '../state/words.svelte';
import Me from './Me.svelte';

it('reads anew how much room photos take up', async () => {
  const me: MeView = {
    device: 'd', fingerprint: ['12345'], name: 'Amina', language: 'en', settings: '', media: 'all', media_room: 500_000_000, media_used: 1_000_000,
    carries: false, presence: true, version: '1',
  };
  const node = new FixtureBackend();
  node.answers.me = () => me;
  useBackend(node);
  await profile.read();
  // Photos came since, of which no event about this person tells.
  node.answers.me = () => ({ ...me, media_used: 7_000_000 });
  const shown = mount(Me, { target: document.body });
  await vi.waitFor(() => expect(document.body.textContent).toContain(say('me.room.text', { used: data(7_000_000) })));
  await unmount(shown);
});

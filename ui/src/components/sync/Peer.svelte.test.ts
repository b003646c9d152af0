// How long ago a device was heard stays true while somebody looks.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';

import type { PeerView } from '../../bindings/PeerView';
import { words } from '../../state/words.svelte';
import Peer from './Peer.svelte';

afterEach(() => {
  vi.useRealTimers();
});

it('says anew each minute how long ago a device was heard, as long as it is shown', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 5, 1, 12), toFake: ['Date', 'setInterval', 'clearInterval'] });
  words.language = 'en';
  const none = { left: [], media: 0, media_bytes: 0, rate: null, seconds: null };
  const peer: PeerView = {
    device: 'd', name: 'Bilal', connected: false, relay: null, has: 9, lacks: 0, missing_here: 0, blobs_there: 0, blobs_here: 0,
    heard: Date.now(), complete: true, sending: none, coming: none,
  };
  const shown = mount(Peer, { target: document.body, props: { peer, pictures: false } });
  flushSync();
  expect(document.body.textContent).toContain('this minute');
  expect(document.body.textContent).toContain('Not connected now');
  vi.advanceTimersByTime(3 * 60_000);
  flushSync();
  expect(document.body.textContent).toContain('3 minutes ago');
  await unmount(shown);
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(vi.getTimerCount()).toBe(0);
});

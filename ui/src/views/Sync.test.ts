// What stands in the way of sync is said with what helps, and nothing is offered that cannot work.

import { mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { SyncView } from '../bindings/SyncView';
import { useBackend } from '../state/node';
import { count, say, words } from '../state/words.svelte';
import Sync from './Sync.svelte';

const view: SyncView = {
  word: 'saved_here', with: 0, entries: 9, unsealed: 2, media: { whole: 0, bytes: 0, only_here: 0, missing: 0, missing_bytes: 0 },
  peers: [], nearby: 0, discovery: 'opening a UDP socket: permission denied', findings: [],
};

/** What the page says, and whether one may sync now. */
async function said(findings: SyncView['findings']): Promise<{ text: string; may: boolean }> {
  words.language = 'en';
  const node = new FixtureBackend();
  node.answers = { sync_state: () => ({ ...view, findings }) };
  useBackend(node);
  const shown = mount(Sync, { target: document.body, props: { space: 's' } });
  await vi.waitFor(() => expect(document.body.textContent).toContain(say('sync.unsealed')));
  const text = document.body.textContent ?? '';
  const now = [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === say('sync.now'));
  const may = now?.disabled === false;
  await unmount(shown);
  return { text, may };
}

it('says why Majlis has no links, and to start it again', async () => {
  const { text, may } = await said([{ finding: 'no_links', name: null }]);
  for (const key of ['finding.no_links', 'finding.no_links.next'] as const) expect(text).toContain(say(key));
  expect(text).toContain('permission denied');
  for (const key of ['sync.discovery.off', 'sync.address.title'] as const) expect(text).not.toContain(say(key));
  expect(may).toBe(false);
});

it('offers an address where others are only not found by themselves', async () => {
  const { text, may } = await said([]);
  for (const key of ['sync.discovery.off', 'sync.address.title'] as const) expect(text).toContain(say(key));
  expect(may).toBe(true);
});

it('counts work that is not signed yet as pieces of work, not as entries', async () => {
  const { text } = await said([]);
  expect(text).toContain(say('mark.named', { name: say('sync.unsealed'), value: count('count.unsealed', 2) }));
});

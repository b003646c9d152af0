// Each finding says which devices it is about.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';

import type { FindingView } from '../../bindings/FindingView';
import { words } from '../../state/words.svelte';
import Findings from './Findings.svelte';

it('names the devices apart, and says where no name is known that it is one of the space', async () => {
  words.language = 'en';
  const findings: FindingView[] = [
    { finding: 'no_network', name: null },
    { finding: 'disk_full', name: null },
    { finding: 'busy', name: 'Amina' },
    { finding: 'busy', name: 'بلال' },
    { finding: 'unanswered', name: null },
  ];
  const shown = mount(Findings, { target: document.body, props: { findings, why: null, busy: false, anyway: () => undefined } });
  flushSync();
  const [network, full, busy, unanswered] = [...document.querySelectorAll('.note')].map((note) => note.textContent);
  expect(network).not.toContain('A device of this space');
  expect(full).toContain('This device is full');
  expect(full).not.toContain('A device of this space');
  expect(busy).toContain('\u2068Amina\u2069 and \u2068بلال\u2069');
  expect(unanswered).toContain('A device of this space');
  await unmount(shown);
});

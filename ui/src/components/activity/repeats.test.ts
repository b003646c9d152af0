// Two officers of one name, and one photo given twice, are a list as any other.

import { flushSync, mount, unmount } from 'svelte';
import { beforeEach, expect, it } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { BoxPartView } from '../../bindings/BoxPartView';
import type { OutcomeView } from '../../bindings/OutcomeView';
import { Boxes } from '../../state/boxes.svelte';
import { useBackend } from '../../state/node';
import { Outcome } from '../../state/outcome.svelte';
import MinutesPhotos from './MinutesPhotos.svelte';
import StatedResults from './StatedResults.svelte';

beforeEach(() => {
  useBackend(new FixtureBackend());
  document.body.replaceChildren();
});

it('a photo of minutes that two officers of one name gave is shown twice', async () => {
  const photo = { by: 'Amina', photo: { full: 'full', preview: 'small' } };
  const part = { photos: [photo, photo], may_picture: false, minutes: 'm' } as unknown as BoxPartView;
  const shown = mount(MinutesPhotos, { target: document.body, props: { space: 's', of: new Boxes('s', 'c'), part, name: 'North' } });
  flushSync();
  expect(document.querySelectorAll('li')).toHaveLength(2);
  await unmount(shown);
});

it('what was signed twice in one moment under one name is listed twice', async () => {
  const one = { by: 'Amina', time: 0, counted: 2, hash: 'abcd', summary: '', agrees: true };
  const view = { phase: 'closed', shown: true, lacking: 0, signatures: 2, may_moderate: false, stated: [one, one] } as unknown as OutcomeView;
  const shown = mount(StatedResults, { target: document.body, props: { of: new Outcome('s', 'c'), view, sentence: '' } });
  flushSync();
  expect(document.querySelectorAll('li')).toHaveLength(2);
  await unmount(shown);
});

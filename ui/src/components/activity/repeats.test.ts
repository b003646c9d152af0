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
  const photo = { by: 'Amina', photo: { full: 'full', preview: 'small' }, record: 'r', hidden: null, may_hide: false, may_show: false, shown_again: null };
  const part = { photos: [photo, photo], may_picture: false, minutes: 'm' } as unknown as BoxPartView;
  const shown = mount(MinutesPhotos, { target: document.body, props: { space: 's', of: new Boxes('s', 'c'), part, name: 'North' } });
  flushSync();
  expect(document.querySelectorAll('li')).toHaveLength(2);
  await unmount(shown);
});

it('a photo that was hidden says who hid it and why, and offers it once more to nobody', async () => {
  const hidden = { by: 'Bilal', why: 'another box' };
  const photo = { by: 'Amina', photo: { full: 'full', preview: 'small' }, record: 'r', hidden, may_hide: false, may_show: false, shown_again: null };
  const part = { photos: [photo], may_picture: false, minutes: 'm' } as unknown as BoxPartView;
  const shown = mount(MinutesPhotos, { target: document.body, props: { space: 's', of: new Boxes('s', 'c'), part, name: 'North' } });
  flushSync();
  expect(document.body.textContent.replaceAll(/[\u2068\u2069]/gu, '')).toContain('Hidden by Bilal: another box');
  expect(document.body.textContent).not.toContain('Hide this photo');
  await unmount(shown);
});

it('who signed what is counted is not asked to sign it again', async () => {
  for (const [signed, buttons] of [
    [true, 0],
    [false, 1],
  ] as const) {
    const one = { by: 'Amina', time: 0, counted: 2, hash: 'abcd', summary: '', agrees: true };
    const view = { phase: 'closed', shown: true, lacking: 0, signatures: 1, may_moderate: true, stated: [one], signed } as unknown as OutcomeView;
    const shown = mount(StatedResults, { target: document.body, props: { of: new Outcome('s', 'c'), view, sentence: '' } });
    flushSync();
    expect(document.querySelectorAll('button')).toHaveLength(buttons);
    await unmount(shown);
  }
});

it('what was signed twice in one moment under one name is listed twice', async () => {
  const one = { by: 'Amina', time: 0, counted: 2, hash: 'abcd', summary: '', agrees: true };
  const view = { phase: 'closed', shown: true, lacking: 0, signatures: 2, may_moderate: false, stated: [one, one] } as unknown as OutcomeView;
  const shown = mount(StatedResults, { target: document.body, props: { of: new Outcome('s', 'c'), view, sentence: '' } });
  flushSync();
  expect(document.querySelectorAll('li')).toHaveLength(2);
  await unmount(shown);
});

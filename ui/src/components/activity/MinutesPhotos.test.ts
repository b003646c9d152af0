// A photo of minutes is said to be hidden or shown, as it was asked, whatever is asked meanwhile.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { BoxPartView } from '../../bindings/BoxPartView';
import type { Boxes } from '../../state/boxes.svelte';
import { useBackend } from '../../state/node';
import { notices } from '../../state/notices.svelte';
import { say, words } from '../../state/words.svelte';
import MinutesPhotos from './MinutesPhotos.svelte';

it('says what was done, although it was cancelled while it was sent', async () => {
  words.language = 'en';
  HTMLDialogElement.prototype.showModal = () => undefined;
  useBackend(new FixtureBackend());
  let sent: (() => void) | undefined;
  const of = { turn: () => new Promise<void>((done) => (sent = done)) } as unknown as Boxes;
  const photo = { photo: { full: 'a', preview: 'a' }, record: 'r', by: 'Amina', hidden: null, shown_again: { by: 'Amina', why: 'x' }, may_hide: false, may_show: true };
  const other = { ...photo, photo: { full: 'b', preview: 'b' }, record: 'q', shown_again: null, may_hide: true, may_show: false };
  const part = { photos: [photo, other], may_picture: false, minutes: 'm' } as unknown as BoxPartView;
  const shown = mount(MinutesPhotos, { target: document.body, props: { space: 's', of, part, name: 'Box' } });
  flushSync();
  const press = (name: string): void => {
    [...document.querySelectorAll('button')].findLast((one) => one.textContent?.trim() === name)?.click();
    flushSync();
  };
  press(say('boxes.photo.again'));
  const why = document.querySelector('textarea');
  if (why !== null) why.value = 'It is clear';
  why?.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  press(say('boxes.photo.again'));
  press(say('act.cancel'));
  press(say('boxes.photo.hide'));
  sent?.();
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
  expect(notices.now?.text).toBe(say('boxes.photo.again.done'));
  expect(document.querySelector('dialog h2')?.textContent).toBe(say('boxes.photo.hide'));
  await unmount(shown);
});

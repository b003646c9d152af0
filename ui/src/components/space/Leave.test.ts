// Leaving: work that is on this device only is asked about once more, and nothing is done before that.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import { CallFailed } from '../../backend';
import { useBackend } from '../../state/node';
import { words } from '../../state/words.svelte';
import Leave from './Leave.svelte';

let node: FixtureBackend;
let shown: Record<string, unknown> | undefined;

beforeEach(() => {
  words.language = 'en';
  HTMLDialogElement.prototype.showModal = () => undefined;
  node = new FixtureBackend();
  useBackend(node);
});

afterEach(async () => {
  if (shown !== undefined) await unmount(shown);
  shown = undefined;
  document.body.replaceChildren();
});

function show(member: boolean): void {
  shown = mount(Leave, { target: document.body, props: { space: 's', name: 'Ain Safa', member } });
  flushSync();
}

async function press(label: string): Promise<void> {
  const button = [...document.querySelectorAll('button')].findLast((one) => one.textContent?.trim() === label);
  if (button === undefined) throw new Error(`no button ${label}`);
  button.click();
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
}

const asked = (): unknown[] => node.calls.map((call) => call.args);
const places = (): (string | null)[] => [...document.querySelectorAll('dialog a')].map((one) => one.getAttribute('href'));

it('leaves at once when all of it is elsewhere', async () => {
  node.answers.leave_space = () => ({});
  show(true);
  await press('Leave this space');
  await press('Leave this space');
  expect(asked()).toEqual([{ space: 's', anyway: false }]);
  expect(document.querySelector('dialog')).toBeNull();
});

it('says what would be stranded, with the ways to hand it over, and leaves only when told again', async () => {
  node.answers.leave_space = ({ anyway }) => {
    if (!anyway) throw new CallFailed({ code: 'only_here', message: '', detail: '12' });
    return {};
  };
  show(true);
  await press('Leave this space');
  await press('Leave this space');
  expect(document.body.textContent).toContain('pieces of your work are on no other device');
  expect(places()).toEqual(['#/space/s/sync', '#/carry']);
  await press('Cancel');
  expect(document.querySelector('dialog')).toBeNull();
  expect(document.querySelector('[role="alert"]')).toBeNull();
  expect(node.made('leave_space')).toBe(1);
  await press('Leave this space');
  await press('Leave this space');
  await press('Leave anyway');
  expect(asked().at(-1)).toEqual({ space: 's', anyway: true });
  expect(document.querySelector('dialog')).toBeNull();
});

it('deletes a copy of which nobody can tell what is in it only when told again', async () => {
  node.answers.forget_space = () => {
    throw new CallFailed({ code: 'only_here', message: '', detail: null });
  };
  show(false);
  await press('Delete the copy on this device');
  await press('Delete the copy on this device');
  expect(document.body.textContent).toContain('Some of your work is on no other device');
  expect(places()).toEqual(['#/carry']);
});

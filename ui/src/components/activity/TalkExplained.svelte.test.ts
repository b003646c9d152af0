// A conversation is explained once for each outcome, and what failed is said with groups or without.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { FixtureBackend, failure } from '../../../tests/fixture/backend';
import type { OutcomeView } from '../../bindings/OutcomeView';
import type { WhyView } from '../../bindings/WhyView';
import { useBackend } from '../../state/node';
import { Outcome } from '../../state/outcome.svelte';
import { Statements } from '../../state/talk.svelte';
import { say, words } from '../../state/words.svelte';
import TalkExplained from './TalkExplained.svelte';

const outcome = (hash: string): OutcomeView => ({ hash, counted: { all: 9 }, result: { type: 'conversation', groups: [] } }) as unknown as OutcomeView;

let node: FixtureBackend;
let answer: ((why: WhyView) => void)[];
let shown: Record<string, unknown>;
const props = $state({ of: new Outcome('s', 'c'), view: outcome('a'), statements: new Statements('s', 'c') });

const settled = async (): Promise<void> => {
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
};
const why = (agree: number): WhyView => ({ type: 'groups', pairs: [], wanted: Array.from({ length: 12 }, (_, at) => ({ statement: String(at), agree, weight_tenths: agree * 10 })) });

beforeEach(() => {
  words.language = 'en';
  node = new FixtureBackend();
  answer = [];
  node.answers.explain = () => new Promise((done) => answer.push(done));
  useBackend(node);
  props.view = outcome('a');
  props.statements.value = Array.from({ length: 12 }, (_, at) => ({ statement: String(at), text: `Idea ${String(at)}` })) as never;
});

afterEach(async () => {
  await unmount(shown);
  document.body.replaceChildren();
});

it('asks once, and once more where another outcome is shown meanwhile', async () => {
  shown = mount(TalkExplained, { target: document.body, props });
  await settled();
  expect(node.made('explain')).toBe(1);
  props.view = outcome('b');
  await settled();
  expect(node.made('explain')).toBe(1);
  answer[0]?.(why(1));
  await settled();
  expect(node.made('explain')).toBe(2);
  answer[1]?.(why(2));
  await settled();
  props.view = outcome('b');
  await settled();
  expect(node.made('explain')).toBe(2);
  // All of them are there, for paper; at first not all are shown.
  expect(document.querySelectorAll('ol > li').length).toBe(12);
  expect(document.querySelectorAll('ol > li.more').length).toBe(2);
  document.querySelector('button')?.click();
  await settled();
  expect(document.querySelectorAll('ol > li.more').length).toBe(0);
  expect(document.activeElement).toBe(document.querySelectorAll('ol > li')[10]);
});

it('shows nothing of an outcome in the place of one that could not be explained, until that is', async () => {
  shown = mount(TalkExplained, { target: document.body, props });
  await settled();
  answer[0]?.(why(1));
  await settled();
  expect(document.querySelector('ol')).not.toBeNull();
  node.answers.explain = () => {
    throw failure('storage');
  };
  props.view = outcome('b');
  await settled();
  expect([document.querySelector('ol'), node.made('explain')]).toEqual([null, 2]);
  node.answers.explain = () => why(2);
  [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === say('act.retry'))?.click();
  await settled();
  expect([document.querySelectorAll('ol > li').length, document.querySelector('[role="alert"]')]).toEqual([12, null]);
});

it('says that it failed where there are no groups, and does not go on asking', async () => {
  node.answers.explain = () => {
    throw failure('storage');
  };
  shown = mount(TalkExplained, { target: document.body, props });
  await settled();
  await settled();
  expect(node.made('explain')).toBe(1);
  expect(document.querySelector('[role="alert"]')).not.toBeNull();
});

// An officer enters a conversation for one person after another: nobody's votes become somebody else's.

import { beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn, failure } from '../../tests/fixture/backend';
import type { ResponseView } from '../bindings/ResponseView';
import { useBackend } from './node';
import { TalkFor } from './talkfor.svelte';

let node: FixtureBackend;
let disk: Map<string, string>;
let handed: { slot: string | null; votes: unknown }[];

beforeEach(() => {
  vi.useRealTimers();
  node = new FixtureBackend();
  disk = new Map();
  handed = [];
  node.answers = {
    statements: () => [],
    consultation: () => ({ form: { questions: [{ id: 'q' }] }, form_id: 'f' }) as never,
    respond: ({ slot, answers }) => {
      handed.push({ slot, votes: answers[0]?.value });
      return { slot: 's', claim: 'CODE' };
    },
    ...draftsOn(disk),
  };
  useBackend(node);
});

async function opened(): Promise<TalkFor> {
  const talk = new TalkFor('s', 'c');
  await talk.open();
  return talk;
}

it('asks before it goes on with votes that somebody left behind, and says whose they are', async () => {
  const talk = await opened();
  expect(talk.found).toBe(false);
  talk.terms = { mode: 'paper', consent: true, note: 'house 7' };
  talk.say('one', 1);
  await vi.waitFor(() => expect([...disk.values()].join('')).toContain('house 7'));
  const later = await opened();
  expect([later.found, later.said, later.terms.note]).toEqual([true, 1, 'house 7']);
  await later.drop();
  expect([later.found, later.said, later.terms]).toEqual([false, 0, { mode: 'paper', consent: false, note: '' }]);
});

it('gives the receipt although the draft cannot be dropped', async () => {
  const talk = await opened();
  talk.say('one', 1);
  node.answers.drop_draft = () => {
    throw failure('unreachable');
  };
  const { responded } = await talk.save();
  expect(responded.claim).toBe('CODE');
  expect(talk.said).toBe(0);
});

it('changes the voice that was entered, and none besides', async () => {
  const talk = await opened();
  const before = { slot: 'old', assisted: { mode: 'spoken', consent: true, note: '' }, answers: [{ question: 'q', value: { type: 'votes', value: [['one', 1]] } }] };
  talk.correct(before as unknown as ResponseView);
  expect([talk.corrects, talk.said]).toEqual([true, 1]);
  talk.say('one', -1);
  await talk.save();
  expect(handed).toEqual([{ slot: 'old', votes: { type: 'votes', value: [['one', -1]] } }]);
  talk.say('one', 1);
  await talk.save();
  expect(handed[1]?.slot).toBeNull();
});

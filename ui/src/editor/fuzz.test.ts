// @vitest-environment node
// Editors against the real core: whatever several people do at once, every page shows what every
// core holds. `SEED=` repeats one town, `TOWNS=` sets how many there are.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { checksum } from './checksum';
import { Core, whyNoCore } from './fuzz/core';
import { Dice } from './fuzz/dice';
import { act, write } from './fuzz/person';
import { Town } from './fuzz/town';
import { tracked } from './tracking';

const missing = whyNoCore();
const only = process.env['SEED'];
const towns = Number(process.env['TOWNS'] ?? 120);
const BURSTS = 20;
const LONG = 1_800_000;

const keys: number[] = [];
const answers: number[] = [];

function figure(list: number[], part: number): string {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2);
}

function seeds(offset: number): number[] {
  return only === undefined ? Array.from({ length: towns }, (_, index) => offset + index) : [Number(only)];
}

function countOf(text: string): Map<string, number> {
  const out = new Map<string, number>();
  for (const char of text) out.set(char, (out.get(char) ?? 0) + 1);
  return out;
}

/** Everyone shows the same, and it is what the cores hold. */
async function alike(town: Town, where: string): Promise<void> {
  await town.rest();
  const first = await town.content(0);
  for (let replica = 1; replica < town.replicas; replica += 1) {
    expect(await town.content(replica), `replica ${replica} ${where}`).toEqual(first);
  }
  for (const [number, desk] of town.desks.entries()) {
    expect(desk.blocks, `page ${number} ${where}`).toEqual(first.blocks);
    expect(checksum(desk.state.doc), `checksum of page ${number} ${where}`).toBe(first.checksum);
    expect(tracked(desk.state).confirmed.eq(desk.state.doc), `page ${number} confirmed ${where}`).toBe(true);
    expect(desk.status?.save ?? 'saved', `page ${number} ${where}`).toBe('saved');
    expect(desk.differed, `page ${number} ${where} had to be brought back to the core`).toEqual([]);
    expect(desk.status?.repairs ?? 0, `repairs of page ${number} ${where}`).toBe(0);
  }
}

/** Something other than typing happens. */
async function happen(town: Town, loss: number): Promise<void> {
  const { dice } = town;
  const chance = dice.next();
  if (chance < 0.5) await town.deliver(loss);
  else if (chance < 0.7) vi.advanceTimersByTime(dice.pick([20, 130, 420]));
  else if (chance < 0.85) await town.tell(dice.between(0, town.replicas - 1));
  else if (town.replicas > 1) {
    const from = dice.between(0, town.replicas - 1);
    const to = (from + dice.between(1, town.replicas - 1)) % town.replicas;
    await town.sync(from, to);
  }
}

describe.skipIf(missing !== undefined)(`editors on real cores${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let core: Core;

  beforeAll(async () => {
    core = new Core();
    await core.ask({ op: 'reset', replicas: 1, seed: 0 });
  }, LONG);
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => vi.useRealTimers());
  afterAll(() => {
    core.end();
    if (keys.length === 0) return;
    const page = `page ${figure(keys, 0.5)} µs (95 %: ${figure(keys, 0.95)} µs) a transaction, ${keys.length} of them`;
    const node = `core ${figure(answers, 0.5)} ms (95 %: ${figure(answers, 0.95)} ms) an edit, ${answers.length} of them`;
    process.stdout.write(`\nlatency: ${page}; ${node}\n`);
  });

  it('show the same after anything several people do at once', async () => {
    for (const seed of seeds(1000)) {
      const dice = new Dice(seed);
      const town = await Town.open(core, dice, dice.between(1, 3), dice.between(0, 1));
      for (let burst = 0; burst < BURSTS; burst += 1) {
        for (let turn = dice.between(5, 30); turn > 0; turn -= 1) {
          if (dice.chance(0.55)) act(dice.pick(town.desks), dice);
          else await happen(town, 0);
        }
        await alike(town, `after burst ${burst} of SEED=${seed}`);
      }
      for (const desk of town.desks) keys.push(...desk.keys);
      answers.push(...town.answers);
    }
  }, LONG);

  it('lose nothing that was typed, and show it once, when the way to the node is bad', async () => {
    for (const seed of seeds(5000).slice(0, Math.max(1, towns / 4))) {
      const dice = new Dice(seed);
      const town = await Town.open(core, dice, dice.between(1, 3), dice.between(0, 1));
      const written: string[] = [];
      for (let burst = 0; burst < BURSTS; burst += 1) {
        for (let turn = dice.between(5, 30); turn > 0; turn -= 1) {
          if (dice.chance(0.4)) {
            const word = `⟨${written.length}⟩`;
            written.push(word);
            write(dice.pick(town.desks), dice, word);
          } else if (dice.chance(0.04)) dice.pick(town.desks).reconnect();
          else if (dice.chance(0.03)) await town.restart(dice.between(0, town.replicas - 1), dice.chance(0.5));
          else await happen(town, 0.15);
        }
        await alike(town, `after burst ${burst} of SEED=${seed}`);
        const text = town.desks[0]?.state.doc.textContent ?? '';
        const [have, want] = [countOf(text), countOf(written.join(''))];
        for (const [char, count] of want) {
          expect(have.get(char) ?? 0, `${char} after burst ${burst} of SEED=${seed}`).toBeGreaterThanOrEqual(count);
        }
        expect(text.length, `length after burst ${burst} of SEED=${seed}`).toBe(written.join('').length);
      }
    }
  }, LONG);
});

// @vitest-environment node
// What a key costs in a long document, printed and not judged: the page's own work, and the core's
// answer. Two people type in turns, so that every answer carries the other's edits.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { TextSelection } from 'prosemirror-state';

import { Core, whyNoCore } from './fuzz/core';
import { Dice } from './fuzz/dice';
import { Town } from './fuzz/town';

const missing = whyNoCore();
const BLOCKS = 100;
const LINE = 'Each household draws forty litres a day from the well by the school. ';
const KEYS = 60;

function figures(list: number[]): string {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2);
  return `${at(0.5)} (95 %: ${at(0.95)}, most: ${at(1)})`;
}

describe.skipIf(missing !== undefined)(`a long document${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let core: Core;

  beforeAll(async () => {
    core = new Core();
    await core.ask({ op: 'reset', replicas: 1, seed: 0 });
  }, 1_800_000);
  afterAll(() => core.end());
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => vi.useRealTimers());

  it('is typed in by two people at once', async () => {
    const town = await Town.open(core, new Dice(1), 2, 0);
    const [ana, bo] = town.desks;
    if (ana === undefined || bo === undefined) throw new Error('no desk');
    let tr = ana.state.tr;
    for (let block = 0; block < BLOCKS; block += 1) {
      tr = tr.insertText(LINE.repeat(4), tr.doc.content.size - 1);
      if (block < BLOCKS - 1) tr = tr.split(tr.doc.content.size - 1);
    }
    ana.dispatch(tr);
    await town.rest();
    ana.keys.splice(0);
    town.answers.splice(0);
    for (const [desk, part] of [[ana, 0.25], [bo, 0.75]] as const) {
      const { doc } = desk.state;
      desk.dispatch(desk.state.tr.setSelection(TextSelection.near(doc.resolve(Math.floor(doc.content.size * part)))));
    }
    const whole: number[] = [];
    for (let key = 0; key < KEYS; key += 1) {
      for (const desk of [ana, bo]) desk.dispatch(desk.state.tr.insertText('x'));
      const began = performance.now();
      vi.advanceTimersByTime(150);
      await town.deliverAll();
      whole.push((performance.now() - began) / 2);
      await town.sync(0, 1);
      await town.sync(1, 0);
    }
    await town.rest();
    expect(ana.blocks).toEqual((await town.content(0)).blocks);
    expect(bo.blocks).toEqual(ana.blocks);
    const length = ana.state.doc.textContent.length;
    process.stdout.write(
      `\n${length} characters in ${BLOCKS} blocks: page ${figures([...ana.keys, ...bo.keys])} µs a key; ` +
        `core ${figures(town.answers)} ms an edit; handed in, answered and shown ${figures(whole)} ms\n`,
    );
  }, 1_800_000);
});

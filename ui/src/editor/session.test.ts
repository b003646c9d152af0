// @vitest-environment node
// When a session hands in, on the real core: pauses, composing, failures, closing.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { CallFailed } from '../backend/types';
import { Core, whyNoCore } from './fuzz/core';
import { Dice } from './fuzz/dice';
import type { Desk } from './fuzz/town';
import { Town, settled } from './fuzz/town';

const missing = whyNoCore();

describe.skipIf(missing !== undefined)(`a session${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let core: Core;
  let town: Town;
  let ana: Desk;

  beforeAll(async () => {
    core = new Core();
    await core.ask({ op: 'reset', replicas: 1, seed: 0 });
  }, 1_800_000);
  afterAll(() => core.end());
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    town = await Town.open(core, new Dice(1), 2, 0);
    const [first] = town.desks;
    if (first === undefined) throw new Error('no desk');
    ana = first;
  });
  afterEach(() => vi.useRealTimers());

  function type(desk: Desk, text: string): void {
    desk.dispatch(desk.state.tr.insertText(text));
  }

  async function held(): Promise<string> {
    const { blocks } = await town.content(0);
    return blocks.map((block) => block.runs.map((run) => run.text).join('')).join('\n');
  }

  it('hands in within 150 ms of the last key, several keys at once', async () => {
    for (const key of 'water') type(ana, key);
    expect(ana.status?.save).toBe('saving');
    expect(town.wire).toHaveLength(0);
    vi.advanceTimersByTime(150);
    expect(town.wire).toHaveLength(1);
    await town.deliverAll();
    expect(await held()).toBe('water');
    expect(ana.status?.save).toBe('saved');
    expect(town.answers).toHaveLength(1);
  });

  it('does not wait for a pause for ever', () => {
    for (let key = 0; key < 10; key += 1) {
      type(ana, 'x');
      vi.advanceTimersByTime(50);
    }
    expect(town.wire.length).toBeGreaterThan(0);
  });

  it('hands in at once when the page is about to go', () => {
    type(ana, 'x');
    ana.session?.flush();
    expect(town.wire).toHaveLength(1);
  });

  it('neither hands in nor shows others while someone composes', async () => {
    ana.composing = true;
    type(ana, 'ن');
    vi.advanceTimersByTime(5000);
    expect(town.wire).toHaveLength(0);
    const [, bo] = town.desks;
    if (bo === undefined) throw new Error('no desk');
    type(bo, 'well');
    vi.advanceTimersByTime(150);
    await town.deliverAll();
    await town.sync(1, 0);
    await town.tell(0);
    await town.deliverAll();
    expect(ana.state.doc.textContent).toBe('ن');
    ana.composing = false;
    await town.rest();
    expect(ana.state.doc.textContent).toHaveLength(5);
    expect(ana.blocks).toEqual(bo.blocks);
  });

  it('says so when the node cannot be reached, tries again, and hands in once', async () => {
    type(ana, 'once');
    vi.advanceTimersByTime(150);
    const [request] = town.wire.splice(0);
    // The node took it; the answer was lost.
    await request?.go();
    await settled();
    await town.wire.shift()?.lose();
    await settled();
    expect(ana.status).toMatchObject({ save: 'unreachable', code: 'unreachable' });
    type(ana, ' and more');
    await town.rest();
    expect(await held()).toBe('once and more');
    expect(ana.state.doc.textContent).toBe('once and more');
    expect(ana.status).toMatchObject({ save: 'saved', code: null });
  });

  it('says that a text of which the disk lost a part does not take it in, and keeps what was typed', async () => {
    const real = core.ask.bind(core);
    const spoil = vi.spyOn(core, 'ask').mockImplementation(async <T>(request: object): Promise<T> => {
      if ('op' in request && request.op === 'edit') throw new CallFailed({ code: 'text_unreadable', message: 'editing', detail: null });
      return await real<T>(request);
    });
    type(ana, 'well');
    vi.advanceTimersByTime(150);
    await town.deliverAll();
    spoil.mockRestore();
    expect(ana.status).toMatchObject({ save: 'refused', code: 'text_unreadable' });
    expect(ana.state.doc.textContent).toBe('well');
    await town.rest();
    expect(await held()).toBe('well');
    expect(ana.status).toMatchObject({ save: 'saved', code: null });
  });

  it('goes on in a new editor after the node was killed', async () => {
    type(ana, 'before');
    vi.advanceTimersByTime(150);
    await town.deliverAll();
    await town.restart(0, true);
    type(ana, ' after');
    await town.rest();
    expect(await held()).toBe('before after');
  });

  it('hands in what is left when it closes, and says whether it could', async () => {
    type(ana, 'last words');
    const closing = ana.session?.close();
    await town.deliverAll();
    await vi.advanceTimersByTimeAsync(50);
    await town.deliverAll();
    expect(await closing).toBe(true);
    expect(await held()).toBe('last words');
  });

  it('brings the page back to the core when they differ, and counts that', async () => {
    // A page that shows what nobody wrote: only a defect does this.
    const real = core.ask.bind(core);
    const spoil = vi.spyOn(core, 'ask').mockImplementation(async <T>(request: object): Promise<T> => {
      const answer = await real<T & { edits?: unknown[]; checksum?: string }>(request);
      if ('op' in request && request.op === 'edit') answer.edits = [{ edit: 'delete', at: 1, count: 1 }];
      return answer;
    });
    type(ana, 'well');
    vi.advanceTimersByTime(150);
    await town.deliverAll();
    spoil.mockRestore();
    type(ana, '!');
    await town.rest();
    expect(ana.status?.repairs).toBe(1);
    expect(await held()).toBe(ana.state.doc.textContent);
    expect(ana.state.doc.textContent).toContain('well');
  });
});

import { describe, expect, it } from 'vitest';

import { allKept, keeping } from './keeping';

describe('what is being kept', () => {
  it('is waited for, also what begins in the meantime, and what fails', async () => {
    const done: string[] = [];
    const later = (what: string, ms: number): Promise<void> => new Promise((go) => setTimeout(() => { done.push(what); go(); }, ms));
    void keeping(later('photo', 5).then(() => { void keeping(later('sound', 5)); }));
    keeping(later('broken', 2).then(() => { throw new Error('full'); })).catch(() => undefined);
    expect(await allKept()).toBe(false);
    expect(done).toEqual(['broken', 'photo', 'sound']);
  });

  it('holds up nothing where nothing is kept', async () => {
    expect(await allKept()).toBe(true);
  });

  it('is hurried where it waits for a hand alone', async () => {
    let rest: (() => void) | undefined;
    void keeping(new Promise<void>((done) => (rest = done)), { hurry: () => rest?.() });
    expect(await allKept()).toBe(true);
  });
});

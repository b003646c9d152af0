import { describe, expect, it } from 'vitest';

import { allKept, keeping, kept, toTry, untold } from './keeping';
import { notices } from './notices.svelte';
import { say } from './words.svelte';

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

  it('is said once of its own filling until it is changed, and by the way in another one', async () => {
    const place = document.createElement('div');
    [place.dataset['path'], place.dataset['filling']] = ['/sign', 'a'];
    let drawing = {};
    const end = toTry(() => void keeping(Promise.resolve(false), { at: place, what: () => drawing }));
    expect(await untold('b')).toEqual([]);
    expect(notices.now?.text).toBe(say('fill.lost.other'));
    drawing = {};
    expect((await untold('a')).map(({ path, filling }) => [path, filling])).toEqual([['/sign', 'a']]);
    expect(await untold('a')).toEqual([]);
    drawing = {};
    // Why is said in every language.
    await expect(kept('a')).rejects.toMatchObject({ error: { code: 'storage' } });
    await kept('a');
    expect(await allKept()).toBe(false);
    end();
  });

  it('is hurried where it waits for a hand alone', async () => {
    let rest: (() => void) | undefined;
    void keeping(new Promise<void>((done) => (rest = done)), { hurry: () => rest?.() });
    expect(await allKept()).toBe(true);
  });
});

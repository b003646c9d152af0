// The page's key: taken from the address, and what happens without one.

import { afterEach, describe, expect, it, vi } from 'vitest';

import { HttpBackend, takeToken } from './http';
import { errorOf } from './types';

const BASE = new URL('http://127.0.0.1:4680/');

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
  window.history.replaceState(null, '', '/');
});

describe('a page without its key', () => {
  it('listens without failing, and calls say that the key is lost', async () => {
    const refused = { code: 'unauthorised', message: 'calling without the token', detail: null };
    const answers = vi.fn((_: URL, how: RequestInit) => {
      const { Authorization } = how.headers as Record<string, string>;
      return Promise.resolve(Response.json(refused, { status: Authorization === 'Bearer ' ? 401 : 200 }));
    });
    vi.stubGlobal('fetch', answers);
    const backend = new HttpBackend(BASE, '');
    const stop = backend.events(() => undefined);
    const failed = await backend.call('me', {}).then(
      () => undefined,
      (error: unknown) => errorOf(error),
    );
    expect(failed?.code).toBe('unauthorised');
    stop();
  });

  it('still asks for events once it has one', () => {
    const offered: string[][] = [];
    vi.stubGlobal(
      'WebSocket',
      class extends EventTarget {
        constructor(_: URL, protocols: string[]) {
          super();
          offered.push(protocols);
        }
      },
    );
    new HttpBackend(BASE, 'a0').events(() => undefined);
    new HttpBackend(BASE, '').events(() => undefined);
    expect(offered).toEqual([['majlis', 'a0']]);
  });
});

describe('the key in the address', () => {
  it('is taken once, kept for the tab, and not left in the address', () => {
    expect(takeToken()).toBe('');
    window.history.replaceState(null, '', '/#token=a0f3');
    expect(takeToken()).toBe('a0f3');
    expect(window.location.hash).toBe('#/');
    expect(takeToken()).toBe('a0f3');
  });
});

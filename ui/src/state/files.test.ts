// A carry file goes in and out whole, in parts.
// @vitest-environment node

import { describe, expect, it } from 'vitest';
import type { Backend } from '../backend';
import { fromBase64, getFile, putFile, saveFile, toBase64 } from './files';
import { useBackend } from './node';

const bytes = new Uint8Array(600_001).map((_, at) => (at * 31 + (at >> 8)) & 0xff);

/** A node that keeps the parts it is given by name, with the rule of offsets. */
function keeping(): { held: Map<string, number[]>; sent: number[]; backend: Backend; fail: { at: number } } {
  const held = new Map<string, number[]>();
  const sent: number[] = [];
  const fail = { at: Infinity };
  const call = (name: string, args: { name: string; offset: number; base64?: string }) => {
    if (name === 'put_part') {
      const there = held.get(args.name) ?? [];
      held.set(args.name, there);
      const part = fromBase64(args.base64 ?? '');
      if (there.length >= fail.at && part.length > 0) return Promise.reject(new Error('gone'));
      sent.push(part.length);
      if (args.offset === there.length) for (const byte of part) there.push(byte);
      return Promise.resolve({ path: '/there/card.majlis', bytes: there.length });
    }
    const part = Uint8Array.from(bytes.slice(args.offset, args.offset + 400_000));
    return Promise.resolve({ name: 'card.majlis', offset: args.offset, base64: toBase64(part) });
  };
  const backend = { call, events: () => () => undefined, reach: () => () => undefined } as unknown as Backend;
  return { held, sent, backend, fail };
}

const card = new File([bytes], 'card.majlis', { lastModified: 5 });

describe('files', () => {
  it('bytes come through base64 as they were', () => {
    expect(Buffer.compare(fromBase64(toBase64(bytes)), bytes)).toBe(0);
    expect(toBase64(new Uint8Array())).toBe('');
  });

  it('a file goes to the node in order, whole, and comes back', async () => {
    const { held, backend } = keeping();
    useBackend(backend);
    const steps: number[] = [];
    expect(await putFile(card, (done) => steps.push(done))).toBe('/there/card.majlis');
    const [came] = held.values();
    expect(Buffer.compare(Uint8Array.from(came ?? []), bytes)).toBe(0);
    expect(steps.at(-1)).toBe(bytes.length);
    const back = await getFile('/there/card.majlis');
    expect(Buffer.compare(new Uint8Array(await back.file.arrayBuffer()), bytes)).toBe(0);
    expect(back.name).toBe('card.majlis');
  });

  it('what a page made is kept by the node where no browser saves it', async () => {
    const asked: unknown[] = [];
    const call = (...args: unknown[]): Promise<unknown> => {
      asked.push(args);
      return Promise.resolve({ path: '/exports/chart.svg', bytes: 3 });
    };
    useBackend({ saves: false, call, events: () => () => undefined, reach: () => () => undefined } as unknown as Backend);
    expect(await saveFile('chart.svg', new Blob(['abc']))).toBe('/exports/chart.svg');
    expect(asked).toEqual([['keep_file', { name: 'chart.svg', base64: 'YWJj' }]]);
  });

  it('a file that was interrupted goes on where it was, and another of its name does not', async () => {
    const { held, sent, backend, fail } = keeping();
    useBackend(backend);
    fail.at = 500_000;
    await expect(putFile(card, () => undefined)).rejects.toThrow('gone');
    fail.at = Infinity;
    sent.length = 0;
    await putFile(card, () => undefined);
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(bytes.length - 512 * 1024);
    const [came] = held.values();
    expect(Buffer.compare(Uint8Array.from(came ?? []), bytes)).toBe(0);
    await putFile(new File([bytes], 'card.majlis', { lastModified: 6 }), () => undefined);
    expect(held.size).toBe(2);
  });
});

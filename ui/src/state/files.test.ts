// A carry file goes in and out whole, in parts.
// @vitest-environment node

import { describe, expect, it } from 'vitest';
import type { Backend } from '../backend';
import { fromBase64, getFile, putFile, toBase64 } from './files';
import { useBackend } from './node';

const bytes = new Uint8Array(600_001).map((_, at) => (at * 31 + (at >> 8)) & 0xff);

/** A node that keeps the parts it is given, with the rule of offsets. */
function keeping(): { held: number[]; backend: Backend } {
  const held: number[] = [];
  const call = (name: string, args: { offset: number; base64?: string }) => {
    if (name === 'put_part') {
      if (args.offset === 0) held.length = 0;
      expect(args.offset).toBe(held.length);
      for (const byte of fromBase64(args.base64 ?? '')) held.push(byte);
      return Promise.resolve({ path: '/there/card.majlis' });
    }
    const part = Uint8Array.from(held.slice(args.offset, args.offset + 400_000));
    return Promise.resolve({ name: 'card.majlis', offset: args.offset, base64: toBase64(part) });
  };
  return { held, backend: { call, events: () => () => undefined, reach: () => () => undefined } as unknown as Backend };
}

describe('files', () => {
  it('bytes come through base64 as they were', () => {
    expect(Buffer.compare(fromBase64(toBase64(bytes)), bytes)).toBe(0);
    expect(toBase64(new Uint8Array())).toBe('');
  });

  it('a file goes to the node in order, whole, and comes back', async () => {
    const { held, backend } = keeping();
    useBackend(backend);
    const shares: number[] = [];
    expect(await putFile(new Blob([bytes]), 'card.majlis', (share) => shares.push(share))).toBe('/there/card.majlis');
    expect(Buffer.compare(Uint8Array.from(held), bytes)).toBe(0);
    expect(shares.at(-1)).toBe(1);
    const back = await getFile('/there/card.majlis');
    expect(Buffer.compare(new Uint8Array(await back.file.arrayBuffer()), bytes)).toBe(0);
    expect(back.name).toBe('card.majlis');
  });
});

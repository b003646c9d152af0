import { expect, test } from 'vitest';

import { canRecord, wav } from './tape';

test('samples become a file that says how fast they are', async () => {
  const reader = new FileReader();
  reader.readAsArrayBuffer(wav([Int16Array.of(1, -2), Int16Array.of(300)], 16_000));
  await new Promise((read) => (reader.onload = read));
  const file = new DataView(reader.result as ArrayBuffer);
  const text = (at: number, count: number): string => String.fromCharCode(...new Uint8Array(file.buffer, at, count));
  expect([text(0, 4), text(8, 8), text(36, 4)]).toEqual(['RIFF', 'WAVEfmt ', 'data']);
  expect([file.getUint32(4, true), file.getUint32(24, true), file.getUint32(40, true)]).toEqual([42, 16_000, 6]);
  expect([44, 46, 48].map((at) => file.getInt16(at, true))).toEqual([1, -2, 300]);
});

test('where a page cannot hear, nothing is offered', () => {
  expect(canRecord()).toBe(false);
});

// Whoever has a voice already is asked before they claim one more receipt.

import { describe, expect, it } from 'vitest';

import { isWhole, speaksAlready } from './claim.svelte';

describe('claiming a receipt', () => {
  it('asks first only whoever speaks here already', () => {
    const own = { answers: [], versions: 1, withdrawn: false, time: 0, sync: 'saved_here' as const, with: 0, status: 'counted' as const };
    expect(speaksAlready({ own: null, elsewhere: 0 })).toBe(false);
    expect(speaksAlready({ own, elsewhere: 0 })).toBe(true);
    expect(speaksAlready({ own: { ...own, withdrawn: true }, elsewhere: 0 })).toBe(true);
    expect(speaksAlready({ own: null, elsewhere: 1 })).toBe(true);
  });

  it('looks for a code once it has twelve signs', () => {
    expect(isWhole('abcd-efgh 1234')).toBe(true);
    expect(isWhole('1234')).toBe(false);
  });
});

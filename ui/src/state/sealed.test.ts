// What is said before answers are sealed is what will be so.

import { describe, expect, it } from 'vitest';

import { mayBeLost } from './sealed.svelte';

describe('sealing', () => {
  it('says how many devices may be lost', () => {
    expect([mayBeLost(3, 2), mayBeLost(3, 3), mayBeLost(1, 1), mayBeLost(5, 1)]).toEqual([1, 0, 0, 4]);
  });
});

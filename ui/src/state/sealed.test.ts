// What is said before answers are sealed is what will be so.

import { describe, expect, it } from 'vitest';

import type { QuestionView } from '../bindings/QuestionView';
import { isSealed, mayBeLost } from './sealed.svelte';

describe('sealing', () => {
  it('says how many devices may be lost', () => {
    expect([mayBeLost(3, 2), mayBeLost(3, 3), mayBeLost(1, 1), mayBeLost(5, 1)]).toEqual([1, 0, 0, 4]);
  });

  it('knows what is sealed, and what is asked in rows that are', () => {
    const one = (id: string, part_of: string | null) => ({ id, details: { part_of } }) as unknown as QuestionView;
    const form = [one('house', null), one('people', null), one('about', 'people'), one('age', 'about')];
    expect(form.filter(({ id }) => isSealed(form, ['people'], id)).map(({ id }) => id)).toEqual(['people', 'about', 'age']);
    expect(isSealed(form, [], 'age')).toBe(false);
    // A form of a broken program that stands in itself is asked once.
    expect(isSealed([one('me', 'me')], [], 'me')).toBe(false);
  });
});

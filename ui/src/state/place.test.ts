// Addresses: every place has one, and it leads back to the place.

import { expect, it } from 'vitest';

import type { Place } from './place';
import { above, placeAt, tabOf, to } from './place';

const everywhere: Place[] = [
  ...(['now', 'spaces', 'add', 'me', 'search', 'begin', 'found', 'join', 'carry'] as const).map((page) => ({ page })),
  ...(['space', 'ask', 'write', 'members', 'invite', 'sync', 'aside'] as const).map((page) => ({ page, space: 's/1 é' })),
  ...(['consultation', 'answer', 'edit', 'assist', 'day', 'results', 'responses'] as const).map((page) => ({ page, space: 's', consultation: 'c' })),
  ...(['document', 'history'] as const).map((page) => ({ page, space: 's', document: 'd' })),
];

it.each(everywhere)('leads back to $page', (place) => {
  expect(placeAt(to(place))).toEqual(place);
});

it.each(everywhere)('is at most three steps deep at $page', (place) => {
  let steps = 0;
  for (let at: Place | undefined = place; at !== undefined; at = above(at)) steps += 1;
  expect(steps).toBeLessThanOrEqual(4); // the list of spaces, a space, a thing in it, a page of that
  expect(['now', 'space', 'add', 'me', 'search']).toContain(tabOf(place));
});

it('takes the address that carries the token for the beginning', () => {
  expect(placeAt('#token=00ff')).toEqual({ page: 'now' });
  expect(placeAt('')).toEqual({ page: 'now' });
});

it.each(['#/nowhere', '#/space/s/nothing', '#/space/s/consultation/c/answer/more', '#/space//members', '#/now/x'])('is lost at %s', (hash) => {
  expect(placeAt(hash)).toEqual({ page: 'lost' });
});

it('is lost at an address that is not even text', () => {
  expect(placeAt('#/space/%E0%A4%A')).toEqual({ page: 'lost' });
});

// Of several fields that cannot be taken, the first on the screen is gone to, whichever went wrong first.

import { expect, it } from 'vitest';

import { Fields } from './fields.svelte';

it('says at each what is wrong, and goes to the first', () => {
  const [first, second, third] = [document.createElement('input'), document.createElement('input'), document.createElement('input')];
  document.body.append(first, second, third);
  const fields = new Fields();
  const gone: HTMLElement[] = [];
  const mended = [second, third, first].map((one) => fields.add(one, () => gone.push(one)));
  expect(fields.fit()).toBe(false);
  expect(gone).toEqual([third, second, first]);
  for (const mend of mended) mend();
  expect(fields.fit()).toBe(true);
  document.body.replaceChildren();
});

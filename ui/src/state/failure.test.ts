// Every error has its sentence.

import { afterEach, expect, it } from 'vitest';

import { HOST } from '../backend';
import type { ErrorCode } from '../bindings/ErrorCode';
import { catalogues } from '../strings';
import { sentenceFor } from './failure';
import { words } from './words.svelte';

const codes = Object.keys(catalogues.en.words)
  .filter((key) => key.startsWith('error.') && key !== 'error.host')
  .map((key) => key.slice('error.'.length) as ErrorCode);

afterEach(() => {
  words.language = 'en';
});

it.each(['ar', 'fr', 'en'] as const)('has a sentence of its own for every code in %s', (language) => {
  words.language = language;
  const sentences = codes.map((code) => sentenceFor({ code, message: '', detail: null }));
  expect(new Set(sentences).size).toBe(codes.length);
});

it('tells this device’s silence from another’s', () => {
  const another = sentenceFor({ code: 'unreachable', message: '', detail: null });
  expect(sentenceFor({ code: 'unreachable', message: '', detail: HOST })).not.toBe(another);
});

it('names the one reason why a vote cannot be secret, and all of them where none is named', () => {
  const refused = ['kind', 'bounds', 'questions', 'voters', 'trustees', 'threshold', 'roll', 'minimum', null, 'form'];
  const said = refused.map((detail) => sentenceFor({ code: 'not_secret', message: '', detail }));
  expect(new Set(said).size).toBe(refused.length - 1);
  expect(said[8]).toBe(said[9]);
});

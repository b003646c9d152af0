// What is said about a spreadsheet is said in every language, for every code that there is.

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { beforeEach, expect, it } from 'vitest';

import type { SheetMessage } from '../bindings/SheetMessage';
import { catalogues } from '../strings';
import { placeOfSheet, sentenceForSheet } from './sheet';
import { words } from './words.svelte';

const message: SheetMessage = {
  severity: 'error',
  code: 'unknown_list',
  place: 'sheet survey, row 3, column type',
  sheet: 'survey',
  row: 3,
  column: 'type',
  values: { list: 'wells', meant: 'well' },
  message: 'there is no list of choices "wells"',
  advice: 'add it to the sheet choices; perhaps "well" is meant',
};

beforeEach(() => {
  words.language = 'en';
});

it('has a sentence for every code of the reader', () => {
  const source = readFileSync(path.join(import.meta.dirname, '../../../crates/majlis-formats/src/message.rs'), 'utf8');
  const list = source.slice(source.lastIndexOf('problems! {'));
  const codes = [...list.matchAll(/^ {4}([A-Z]\w+) \{/gmu)].map(([, name = '']) => name.replace(/(?!^)[A-Z]/gu, (letter) => `_${letter}`).toLowerCase());
  expect(codes.length).toBeGreaterThan(30);
  const known = Object.keys(catalogues.en.words).filter((key) => key.startsWith('sheet.say.'));
  expect(known.sort()).toEqual([...codes, 'not_taken'].map((code) => `sheet.say.${code}`).sort());
});

it('says where, what, and what was probably meant', () => {
  expect(placeOfSheet(message).replace(/[\u2068\u2069]/gu, '')).toBe('sheet survey, row 3, column type');
  expect(sentenceForSheet(message).replace(/[\u2068\u2069]/gu, '')).toBe('There is no list of choices wells. Add it to the sheet choices. Perhaps well is meant.');
  words.language = 'ar';
  expect(placeOfSheet(message)).toContain('صف');
  expect(sentenceForSheet({ ...message, values: { list: 'wells' } })).not.toContain('لعل');
});

it('says why an expression is not understood, in every language and the right way round', () => {
  const source = readFileSync(path.join(import.meta.dirname, '../../../crates/majlis-formats/src/expression.rs'), 'utf8');
  const list = source.slice(source.indexOf('pub enum SyntaxError {'), source.indexOf('impl fmt::Display for SyntaxError'));
  const reasons = [...list.matchAll(/^ {4}([A-Z]\w+)/gmu)].map(([, name = '']) => name.replace(/(?!^)[A-Z]/gu, (letter) => `_${letter}`).toLowerCase());
  expect(reasons.length).toBeGreaterThan(5);
  for (const language of ['ar', 'fr', 'en'] as const) {
    expect(Object.keys(catalogues[language].words)).toEqual(expect.arrayContaining(reasons.map((reason) => `sheet.why.${reason}`)));
  }
  const broken = { ...message, code: 'syntax', values: { expression: '. > ${a', reason: 'not_closed', opened: '${', at: '4' } };
  expect(sentenceForSheet(broken).replace(/[\u2066-\u2069]/gu, '')).toContain('${ at letter 5 is not closed');
  words.language = 'ar';
  expect(sentenceForSheet(broken)).toContain('\u2066. > ${a\u2069');
});

it('tells a code of a newer version in English', () => {
  words.language = 'ar';
  expect(sentenceForSheet({ ...message, code: 'newer' })).toBe(`${message.message}; ${message.advice}`);
});

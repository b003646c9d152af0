// The three languages are complete, say the same, and take every plural form.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Language } from '../bindings/Language';
import type { CountKey, WordKey } from '.';
import { catalogues, directionOf, fill, formFor, languages } from '.';

const all: readonly Language[] = ['ar', 'fr', 'en'];
const words = Object.keys(catalogues.en.words) as WordKey[];
const counts = Object.keys(catalogues.en.counts) as CountKey[];

function places(sentence: string): string[] {
  return [...new Set(sentence.match(/\{\w+\}/gu) ?? [])].sort();
}

describe.each(all)('%s', (language) => {
  it('has every word and no other', () => {
    expect(Object.keys(catalogues[language].words).sort()).toEqual([...words].sort());
    expect(Object.keys(catalogues[language].counts).sort()).toEqual([...counts].sort());
  });

  it('leaves nothing empty, nothing with a stray space', () => {
    for (const key of words) {
      const sentence = catalogues[language].words[key];
      expect(sentence, key).not.toBe('');
      expect(sentence.trim(), key).toBe(sentence);
    }
  });

  it('puts the same values into the same sentences', () => {
    for (const key of words) expect(places(catalogues[language].words[key]), key).toEqual(places(catalogues.en.words[key]));
  });

  it('has exactly the plural forms of its language', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    for (const key of counts) expect(Object.keys(catalogues[language].counts[key]).sort(), key).toEqual(forms);
  });

  it('writes the number in every form that more than one number takes', () => {
    const rule = new Intl.PluralRules(language);
    for (const key of counts) {
      for (const number of [0, 3, 11, 100]) {
        const form = formFor(language, key, number);
        const alone = rule.select(number) === 'zero';
        if (!alone) expect(form, `${key} ${number}`).toMatch(/\{n\}/u);
      }
    }
  });
});

it('takes the six forms of Arabic', () => {
  expect([0, 1, 2, 3, 11, 100].map((number) => formFor('ar', 'count.answers', number))).toEqual([
    'لا أجوبة',
    'جواب واحد',
    'جوابان',
    '{n} أجوبة',
    '{n} جوابًا',
    '{n} جواب',
  ]);
});

it('translates: no French or Arabic sentence of more than two words is the English one', () => {
  for (const key of words) {
    const english = catalogues.en.words[key];
    if (english.split(' ').length < 3) continue;
    expect(catalogues.fr.words[key], key).not.toBe(english);
    expect(catalogues.ar.words[key], key).not.toBe(english);
  }
});

it('writes Arabic in Arabic', () => {
  for (const key of words) {
    const own = catalogues.ar.words[key].replace(/\{\w+\}/gu, '');
    if (/\p{L}/u.test(own)) expect(own, key).toMatch(/\p{Script=Arabic}/u);
  }
});

it('says nothing that no screen says', () => {
  const root = path.join(import.meta.dirname, '..');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const source = files
    .filter((file) => /\.(?:ts|svelte)$/u.test(file) && !/^(?:strings|bindings)/u.test(file) && !file.includes('.test.'))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n');
  const whole = new Set(source.match(/'[a-z_]+(?:\.[a-z0-9_]+)+'/gu));
  const families = [...source.matchAll(/`([a-z_.]+\.)\$\{|'([a-z_.]+)' as const/gu)].map(([, family, key]) => family ?? `${key ?? ''}.`);
  const unused = [...words, ...counts].filter((key) => !whole.has(`'${key}'`) && !families.some((family) => key.startsWith(family)));
  expect(unused).toEqual([]);
});

it('isolates what goes into a sentence', () => {
  expect(fill('Invited by {name}', { name: 'خديجة' })).toBe('Invited by \u2068خديجة\u2069');
  expect(fill('{other} stays', { name: 'x' })).toBe('{other} stays');
});

it('keeps signs that are typed as they stand apart from letters that run the other way', () => {
  for (const key of words) {
    const own = catalogues.ar.words[key].replace(/\{\w+\}/gu, '').replace(/\u2066[^\u2069]*\u2069/gu, '');
    expect(own, key).not.toMatch(/[${}]/u);
  }
});

it('knows which way each language runs', () => {
  expect(languages.map(({ code }) => directionOf(code))).toEqual(['rtl', 'ltr', 'ltr']);
});

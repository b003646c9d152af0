// The languages, and how a sentence is put together from one of them.

import type { Language } from '../bindings/Language';
import { ar } from './ar';
import { en } from './en';
import { fr } from './fr';
import type { CountKey, WordKey } from './types';

export type { CountKey, WordKey } from './types';

/** What goes into a sentence: user text, or a number that is already written. */
export type Values = Readonly<Record<string, string>>;

interface AnyCatalogue {
  readonly words: Readonly<Record<WordKey, string>>;
  readonly counts: Readonly<Record<CountKey, Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>>>;
}

export const catalogues: Readonly<Record<Language, AnyCatalogue>> = { ar, fr, en };

/** The languages as they call themselves, in the order in which they are offered. */
export const languages: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'ar', name: 'العربية' },
  { code: 'fr', name: 'Français' },
  { code: 'en', name: 'English' },
];

/** Which way a language is written. */
export function directionOf(language: Language): 'rtl' | 'ltr' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/**
 * Puts values into a sentence. Each is isolated, so that a name in one script does not disturb a
 * sentence in another.
 */
export function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/gu, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : `${FIRST_STRONG_ISOLATE}${value}${POP_ISOLATE}`;
  });
}

const rules = new Map<Language, Intl.PluralRules>();

/** The form of a counted sentence that a number takes in a language. */
export function formFor(language: Language, key: CountKey, number: number): string {
  let rule = rules.get(language);
  if (rule === undefined) {
    rule = new Intl.PluralRules(language);
    rules.set(language, rule);
  }
  const forms = catalogues[language].counts[key];
  return forms[rule.select(number)] ?? forms.other;
}

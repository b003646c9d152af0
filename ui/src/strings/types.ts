// What a language file must hold. A missing string does not compile.

import type { en } from './en';

/** The name of a sentence or word; a word of the glossary where it names a thing. */
export type WordKey = keyof typeof en.words;
/** The name of a sentence with a number in it. */
export type CountKey = keyof typeof en.counts;
/** The plural forms of a language, by the names of `Intl.PluralRules`. */
export type Forms<F extends Intl.LDMLPluralRule> = Readonly<Record<F, string>>;

/** A language, with exactly its own plural forms. */
export interface Catalogue<F extends Intl.LDMLPluralRule> {
  readonly words: Readonly<Record<WordKey, string>>;
  readonly counts: Readonly<Record<CountKey, Forms<F>>>;
}

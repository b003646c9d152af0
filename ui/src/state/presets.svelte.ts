// What polls and petitions usually begin with, and their words in the language in use.

import type { PresetsView } from '../bindings/PresetsView';
import type { WordKey } from '../strings';
import { catalogues } from '../strings';
import { Live } from './live.svelte';
import { ask } from './node';
import { say } from './words.svelte';

export class PresetList extends Live<PresetsView> {
  constructor() {
    super(
      () => ask('activity_presets', {}),
      () => false,
    );
  }
}

/** The sentence of a key, or else the name as the preset writes it. */
function word(key: string, name: string): string {
  return key in catalogues.en.words ? say(key as WordKey) : name;
}

/** What presets call an option, a step or a question, in the language in use. */
export function presetWord(name: string): string {
  const keys = [`choice.${name}`, `petition.word.${name}`, `petition.${name}`];
  const found = keys.find((key) => key in catalogues.en.words);
  return found === undefined ? name : word(found, name);
}

/** A petition's rule. */
export const presetName = (name: string): string => word(`petition.preset.${name}`, name);

/** Where a petition's rule is written, in the language in use while it is what its preset says. */
export function presetSource(name: string, source: string): string {
  const key = `petition.read.${name}`;
  const english = (catalogues.en.words as Record<string, unknown>)[key];
  return english === source ? word(key, source) : source;
}

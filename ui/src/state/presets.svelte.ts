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

function word(prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return key in catalogues.en.words ? say(key as WordKey) : name;
}

/** What presets call an option, a step or a question, in the language in use. */
export function presetWord(name: string): string {
  for (const prefix of ['choice', 'petition.word', 'petition']) {
    const found = word(prefix, name);
    if (found !== name) return found;
  }
  return name;
}

/** A petition's rule. */
export const presetName = (name: string): string => word('petition.preset', name);

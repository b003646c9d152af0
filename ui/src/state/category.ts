// What the rows, columns and groups of tables are called.

import type { CategoryView } from '../bindings/CategoryView';
import { number, say } from './words.svelte';

export function categoryName(category: CategoryView): string {
  switch (category.type) {
    case 'option':
      return category.label;
    case 'step':
      return number(category.label);
    case 'own':
      return say('cross.own');
    case 'assisted':
      return say('cross.assisted');
    case 'unanswered':
      return say('answer.none');
  }
}

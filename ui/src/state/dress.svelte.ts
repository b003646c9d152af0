// Puts language, direction, colours and letter size on the page itself.

import { MediaQuery } from 'svelte/reactivity';

import type { Theme } from './profile.svelte';
import { profile } from './profile.svelte';
import { words } from './words.svelte';

/** Keeps the page dressed as the person chose. To be called once, from a component. */
export function dress(): void {
  const dark = new MediaQuery('(prefers-color-scheme: dark)');
  const contrast = new MediaQuery('(prefers-contrast: more)');
  $effect(() => {
    const page = document.documentElement;
    page.lang = words.language;
    page.dir = words.direction;
    page.dataset['size'] = profile.look.size;
    page.dataset['theme'] = chosen(profile.look.theme, dark.current, contrast.current);
  });
}

function chosen(theme: Theme, dark: boolean, contrast: boolean): string {
  if (theme !== 'auto') return theme;
  if (contrast) return 'contrast';
  return dark ? 'dark' : 'light';
}

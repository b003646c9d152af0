// The board of all charts in a browser: `#ar light`, for the run that looks at it.

import '../../src/styles/fonts.css';
import '../../src/styles/tokens.css';
import '../../src/styles/base.css';

import { mount } from 'svelte';

import type { Language } from '../../src/bindings/Language';
import { useBackend } from '../../src/state/node';
import { words } from '../../src/state/words.svelte';
import { FixtureBackend } from '../fixture/backend';
import Board from './Board.svelte';

const [language = 'en', theme = 'light'] = decodeURIComponent(window.location.hash.slice(1)).split(' ');
words.language = language as Language;
if (language === 'ar') words.digits = 'arab';
document.documentElement.lang = language;
document.documentElement.dir = words.direction;
document.documentElement.dataset['theme'] = theme;
// A browser saves files by itself.
useBackend(Object.assign(new FixtureBackend(), { saves: true }));
const target = document.getElementById('app');
if (target === null) throw new Error('the page has no place for the board');
mount(Board, { target, props: { language: language as Language } });

// Starts the interface.

import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { openBackend } from './backend';
import { useBackend } from './state/node';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no place for the interface');
useBackend(openBackend());
mount(App, { target });

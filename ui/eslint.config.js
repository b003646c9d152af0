import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

/** Says which folders a file may not import from: the arrows of the interface. */
function arrow(files, forbidden, message) {
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: forbidden, message }, ...(files.some((f) => f.includes('backend')) ? [] : [tauri])] },
      ],
    },
  };
}

const tauri = { group: ['@tauri-apps/*'], message: 'Only src/backend talks to the window.' };

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/bindings/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [tauri] }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Static addresses of our own hash router; there is no SvelteKit whose resolve() could be used.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    // The compiler knows the names of a component; TypeScript checks the rest.
    rules: {
      'no-undef': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      'max-lines': ['error', 300],
    },
  },
  arrow(['src/backend/**'], ['**/state/**', '**/components/**', '**/views/**', '**/strings/**'], 'The backend knows nothing of the pages.'),
  arrow(['src/components/shared/**'], ['**/backend/**', '**/state/**', '**/views/**', '**/strings/**', '**/bindings/**', '**/components/*/**'], 'Shared components import nothing of ours.'),
  arrow(['src/components/!(shared)/**'], ['**/views/**', '**/backend/**'], 'Components compose shared parts and state, and call nothing themselves.'),
  arrow(['src/state/**'], ['**/components/**', '**/views/**'], 'State knows no component.'),
  { files: ['tests/**', '*.config.*'], languageOptions: { globals: { ...globals.node } } },
);

import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// A Date has the browser's zone, never the project's: only these folders may touch one.
const noDate = {
  'no-restricted-globals': ['error', { name: 'Date', message: 'Use $lib/format or $lib/zones.' }],
};

export default ts.config(
  { ignores: ['dist', 'node_modules', 'public'] },
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      'no-undef': 'off',
      // URL, Map and the like are used as plain values here; what must be followed is $state.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/prefer-writable-derived': 'off',
      'svelte/no-at-html-tags': 'error',
      'svelte/no-inline-styles': ['error', { allowTransitions: true }],
      'svelte/no-navigation-without-resolve': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      ...noDate,
    },
  },
  {
    files: ['src/lib/{format,zones}/**', 'tests/**', '**/*.test.ts', 'scripts/**'],
    rules: { 'no-restricted-globals': 'off' },
  },
);

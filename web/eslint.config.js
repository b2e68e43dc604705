// Lints, and the guard of the import direction: ui → state → net → protocol.gen. `lib` stands beside them and knows none.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Files below `of` may not import from the named rooms of src/. */
const wall = (of, message, ...rooms) => ({
  files: of,
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: rooms.map((room) => ({ regex: `(^|/)${room}(/|$|\\.)`, message })) },
    ],
  },
});

export default ts.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  { languageOptions: { globals: { ...globals.browser, ...globals.worker } } },
  {
    files: ['*.config.{js,ts}', 'scripts/**'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'text becomes nodes, never HTML strings' },
        { property: 'outerHTML', message: 'text becomes nodes, never HTML strings' },
        { property: 'insertAdjacentHTML', message: 'text becomes nodes, never HTML strings' },
      ],
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off', // that rule is about SvelteKit's router
      'svelte/prefer-svelte-reactivity': 'off', // state is plain and replaced, never changed in place
    },
  },
  wall(['src/net/**'], 'net works from the wire alone', 'state', 'ui', 'lib/words'),
  wall(['src/state/**'], 'state knows no components', 'ui'),
  wall(['src/lib/**'], 'lib knows neither the wire nor the screen', 'state', 'net', 'ui'),
  wall(['src/ui/**', 'src/App.svelte'], 'ui speaks to state/contract only', 'net', 'protocol\\.gen'),
);

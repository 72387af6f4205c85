const tseslint = require('typescript-eslint');
const js = require('@eslint/js');

// Imports point one way: bin -> main -> commands -> {auth, graph, stream, changes, actions, output} -> {net, events, errors, surroundings}.
// Those in the middle do not know each other; a command wires them by passing functions.
const layers = ['auth', 'graph', 'stream', 'changes', 'actions', 'output'];
const forbid = (...folders) => ({
  'no-restricted-imports': ['error', {
    patterns: folders.map((folder) => ({ group: [`**/${folder}/**`], message: `This layer does not import ${folder}/.` })),
  }],
});

module.exports = tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `while (true)` with a named exit reads better than a flag.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  ...layers.map((layer) => ({
    files: [`src/${layer}/**/*.ts`],
    rules: forbid(...layers.filter((other) => other !== layer), 'commands', 'emulator'),
  })),
  {
    files: ['src/net/**/*.ts', 'src/*.ts'],
    ignores: ['src/main.ts'],
    rules: forbid(...layers, 'commands', 'emulator'),
  },
  // The emulator shares nothing with the tool, so that it cannot share a mistake with it: no import leads out of its folder.
  ...[['src/emulator/*.ts', '^\\.\\./'], ['src/emulator/*/*.ts', '^\\.\\./\\.\\./']].map(([files, regex]) => ({
    files: [files],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex, message: 'The emulator imports nothing from the rest of src.' }] }],
    },
  })),
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.cjs', 'bin/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', module: 'writable', __dirname: 'readonly' } },
  },
  {
    files: ['bin/*.js', 'scripts/**/*.mjs', 'bench/**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly', setTimeout: 'readonly',
        clearTimeout: 'readonly', setInterval: 'readonly', clearInterval: 'readonly', fetch: 'readonly', performance: 'readonly',
      },
    },
  },
);

const { join } = require('node:path');
const tseslint = require('typescript-eslint');
const js = require('@eslint/js');
const { importX } = require('eslint-plugin-import-x');

// Dependencies point one way: bin → main → cli → commands → {watch, doctor} → app → {stream, changes, actions, publish, recording, cluster, serve, auth, graph, output} → net → lib.
// Those in braces do not import each other; watch/ wires them by passing functions. What every room needs (events.ts, errors.ts,
// surroundings.ts and the like) lies directly in src and imports lib/ at most. The API stands beside the commands: index.ts → api → watch.
const program = ['main.ts', 'cli', 'commands', 'index.ts', 'api'];
const middle = ['stream', 'changes', 'actions', 'publish', 'recording', 'cluster', 'serve', 'auth', 'graph', 'output'];
const above = {
  cli: ['main.ts', 'index.ts', 'api'],
  commands: ['main.ts', 'cli', 'index.ts', 'api'],
  api: ['main.ts', 'cli', 'commands', 'doctor', 'index.ts'],
  watch: [...program, 'doctor'],
  doctor: [...program, 'watch'],
  app: [...program, 'watch', 'doctor'],
  ...Object.fromEntries(middle.map((room) => [room, [...program, 'watch', 'doctor', 'app', ...middle.filter((other) => other !== room)]])),
  net: [...program, 'watch', 'doctor', 'app', ...middle],
  lib: [...program, 'watch', 'doctor', 'app', ...middle, 'net'],
};
const zones = [
  ...Object.entries(above).map(([room, rooms]) => ({
    target: `src/${room}`, from: [...rooms, 'emulator'].filter((other) => !['commands', 'api'].includes(room) || other !== 'emulator').map((other) => `src/${other}`),
    message: `${room}/ lies below, or beside it: see docs/architecture.md.`,
  })),
  {
    target: ['delta', 'drive-ids', 'errors', 'events', 'identity', 'item-path', 'retry-policy', 'secret-variables', 'surroundings', 'version'].map((file) => `src/${file}.ts`),
    from: [...program, 'watch', 'doctor', 'app', ...middle, 'net', 'emulator'].map((other) => `src/${other}`),
    message: 'What every room imports imports lib/ at most.',
  },
  // The emulator shares nothing with the tool, so that it cannot share a mistake with it.
  { target: 'src/emulator', from: 'src', except: ['./emulator'], message: 'The emulator imports nothing from the rest of src.' },
];

module.exports = tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
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
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      // Imports name the file, extension included: nothing has to be guessed.
      'import-x/resolver': { node: { extensions: ['.ts', '.tsx'] } },
    },
    rules: {
      // Types count too: a circle of types is as hard to follow as one of values.
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { basePath: join(__dirname), zones }],
    },
  },
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

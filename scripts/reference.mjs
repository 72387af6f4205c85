// Regenerates the part of docs/reference.md between its two markers, from the commander tree, the settings and the
// schema. With --check it writes nothing, and fails if the file is not up to date.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { commandsSection } from './reference/commands.mjs';
import { doctorSection, recordsSection } from './reference/records.mjs';
import { settingsSection } from './reference/settings.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, 'docs/reference.md');
const BEGIN = '<!-- Generated from here on by `npm run reference`: edit the help texts and the schema instead. -->';
const END = '<!-- Generated up to here. -->';

/** What the reference is made from; the commands themselves are not loaded. */
const SOURCES = `
  export { createProgram, GROUPS } from './src/cli/program.ts';
  export { SETTING_KEYS } from './src/app/stored-settings.ts';
`;

async function sources() {
  const place = mkdtempSync(join(tmpdir(), 'graph-watch-reference-'));
  try {
    await build({
      stdin: { contents: SOURCES, resolveDir: root }, outfile: join(place, 'sources.cjs'), bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'warning',
      plugins: [{
        name: 'not-the-commands',
        setup({ onResolve }) {
          onResolve({ filter: /.*/ }, ({ kind, path: wanted }) => (kind === 'dynamic-import' ? { path: wanted, external: true } : undefined));
        },
      }],
    });
    return createRequire(import.meta.url)(join(place, 'sources.cjs'));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const { createProgram, GROUPS, SETTING_KEYS } = await sources();
const [schema, doctorSchema] = ['events', 'doctor'].map((name) => JSON.parse(readFileSync(join(root, `schema/${name}.schema.json`), 'utf8')));
const generated = [
  ...commandsSection(createProgram(() => Promise.resolve(), GROUPS)),
  ...settingsSection(SETTING_KEYS),
  ...recordsSection(schema),
  ...doctorSection(doctorSchema),
].join('\n');

const before = readFileSync(path, 'utf8');
const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
if (begin < 0 || end < begin) throw new Error('docs/reference.md has lost its two markers');
const after = `${before.slice(0, begin)}${BEGIN}\n\n${generated}${before.slice(end)}`;
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('docs/reference.md is not current: npm run reference');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, after);
}

// The licenses of every package whose code is in the bundle, which most of them ask to be passed on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Licenses that allow bundling; any other stops the build until somebody has read it. */
const KNOWN = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'MIT-0', 'Unlicense', 'CC0-1.0']);

/** The text of THIRD-PARTY-LICENSES.txt for the input files of a bundle (paths relative to `root`). */
export function thirdPartyLicenses(root, inputs) {
  const folders = new Set(inputs.map((path) => packageFolder(root, path)).filter((folder) => folder !== undefined));
  const sections = [...folders].map((folder) => section(folder)).sort((a, b) => (a.name < b.name ? -1 : 1));
  // Most packages have the same text but for the copyright lines, which come first here: two thirds of this file would be copies.
  const groups = new Map();
  for (const [name, { license, text }] of new Map(sections.map((entry) => [entry.name, entry]))) {
    const { notices, rest } = split(text, license);
    const same = rest.split(/\s+/).join(' ').trim().toLowerCase();
    const group = groups.get(same) ?? { packages: [], rest };
    groups.set(same, { ...group, packages: [...group.packages, [`${name} (${license})`, ...notices].join('\n')] });
  }
  return [
    'graph-watch contains code of these packages.\n',
    ...[...groups.values()].map(({ packages, rest }) => `${'-'.repeat(80)}\n${packages.join('\n')}\n\n${rest.trim()}\n`),
  ].join('\n');
}

/** Splits a license into its copyright lines and the rest, without the title that its name says already. A longer license than MIT's and its like may have such lines in the middle. */
function split(text, license) {
  if (!['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'].includes(license)) return { notices: [], rest: text };
  const lines = text.split(/\r?\n/);
  const isNotice = (line) => /^\W*copyright (?!(?:notice|holder|owner))/i.test(line);
  const isTitle = (line) => /^\W*(?:the )?(?:mit|isc) license(?: \(mit\))?\W*$/i.test(line);
  return { notices: lines.filter(isNotice).map((line) => line.trim()), rest: lines.filter((line) => !isNotice(line) && !isTitle(line)).join('\n').trim() };
}

/** The folder of the package that a bundled file belongs to; nested packages belong to themselves. */
function packageFolder(root, path) {
  const at = path.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const parts = path.slice(at + 'node_modules/'.length).split('/');
  const name = parts[0].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  return join(root, path.slice(0, at), 'node_modules', name);
}

function section(folder) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version } = about;
  // Packages from before 2014 have `licenses: [{type}]`.
  const license = about.license ?? about.licenses?.[0]?.type;
  if (!KNOWN.has(license)) throw new Error(`${name}@${version}: the license "${license}" is not known to allow bundling (${dirname(folder)})`);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|-|$)/i.test(entry));
  const text = file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : `License: ${license} (the package ships no text of it)`;
  return { name: `${name}@${version}`, license, text };
}

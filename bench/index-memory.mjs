// Bytes that the index takes per item, at a million items (or as many as the argument says), and how
// fast it is filled, queried and written. Needs --expose-gc: node --expose-gc bench/index-memory.mjs
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const items = Number(process.argv[2] ?? 1_000_000);
const place = mkdtempSync(join(tmpdir(), 'index-memory-'));
await build({
  stdin: {
    contents: `
      export { DriveIndex } from './src/changes/index/drive-index.ts';
      export { Round, applySteps, stepOf } from './src/changes/index/round.ts';
      export { openPositionFile } from './src/changes/resume/position-file.ts';
      export { realClock } from './src/surroundings.ts';`,
    resolveDir: join(import.meta.dirname, '..'),
    loader: 'ts',
  },
  bundle: true, platform: 'node', format: 'esm', outfile: join(place, 'index.mjs'), logLevel: 'warning',
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
});
const { DriveIndex, Round, applySteps, stepOf, openPositionFile, realClock } = await import(join(place, 'index.mjs'));

/** Ids, eTags and names as long as those of a business drive. */
const idOf = (index) => `01${index.toString(32).toUpperCase().padStart(32, '0')}`;
function rawItem(index) {
  // A folder for every 20 items, nested.
  const folder = index % 20 === 0;
  return JSON.parse(JSON.stringify({
    id: idOf(index), name: folder ? `Folder ${index}` : `Quarterly report ${index}.xlsx`, size: index * 7,
    eTag: `"{${index.toString(16).toUpperCase().padStart(8, '0')}-4F4F-4A4A-8B8B-1234567890AB},3"`,
    cTag: `"c:{${index.toString(16).toUpperCase().padStart(8, '0')}-4F4F-4A4A-8B8B-1234567890AB},2"`,
    createdDateTime: '2026-05-11T21:52:27Z', lastModifiedDateTime: '2026-05-11T21:52:27Z',
    ...(index === 0 ? { root: {}, folder: {} } : folder ? { folder: { childCount: 20 } } : { file: { mimeType: 'application/octet-stream' } }),
    ...(index === 0 ? {} : { parentReference: { driveId: 'b!x', id: idOf(Math.floor((index - 1) / 20 / 20) * 20) } }),
  }));
}
const used = () => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const timed = async (work) => {
  const started = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(started);
  return [result, (user + system) / 1000];
};
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s of CPU`;

const before = used();
const known = new DriveIndex();
const [, filledMs] = await timed(() => {
  for (let index = 0; index < items; index += 1000) {
    const page = new Round();
    page.add(Array.from({ length: Math.min(1000, items - index) }, (_, offset) => rawItem(index + offset)));
    applySteps([...page.items.values()].map(stepOf), known);
  }
  known.complete = true;
});
const bytes = used() - before;
console.log(`${items} items: ${Math.round(bytes / items)} bytes an item, ${Math.round(bytes / 2 ** 20)} MB in all`);
console.log(`filled in ${seconds(filledMs)}, with the JSON of the items`);
const [, pathsMs] = await timed(() => {
  const pathOf = known.pathReader();
  for (let index = 0; index < items; index += 1) if (pathOf(idOf(index)) === undefined) throw new Error('a path is missing');
});
console.log(`every path put together in ${seconds(pathsMs)}`);

const options = { folder: place, name: 'bench', clock: realClock, signal: new globalThis.AbortController().signal };
const file = await openPositionFile(options);
file.belongTo('b!x');
const [, writtenMs] = await timed(() => file.rewrite({ cursor: 'https://graph.microsoft.com/v1.0/x', at: Date.now() }, known));
await file.close();
console.log(`written in ${seconds(writtenMs)}, ${Math.round(statSync(join(place, 'bench.jsonl')).size / 2 ** 20)} MB on disk`);
const [again, readMs] = await timed(async () => {
  const reopened = await openPositionFile(options);
  const tree = new DriveIndex();
  await reopened.restore(tree, () => undefined);
  await reopened.close();
  return tree;
});
console.log(`read back in ${seconds(readMs)}: ${again.size} items`);
const [, forgottenMs] = await timed(() => {
  applySteps([{ gone: idOf(20) }], known);
});
console.log(`a folder forgotten with what is below it in ${seconds(forgottenMs)}: ${items - known.size} items`);
const textOf = ({ id, name, parentReference }) => id + name + (parentReference?.id ?? '');
let textBytes = 0;
for (let index = 0; index < items; index += 1) textBytes += Buffer.byteLength(textOf(rawItem(index)));
console.log(`${Math.round(textBytes / items)} bytes of each are its id, name and parent as UTF-8`);
console.log(`peak resident memory of the process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
rmSync(place, { recursive: true, force: true });

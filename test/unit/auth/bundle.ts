import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build, type BuildResult } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Bundle {
  /** A module that `node` can run. */
  path: string;
  remove(): void;
}

/** Bundles TypeScript into one module for a child process; packages stay external. */
export async function bundle(source: string): Promise<Bundle> {
  // Inside the project, so that the packages are found.
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'graph-watch-'));
  const path = join(folder, 'child.mjs');
  await build({
    stdin: { contents: source, resolveDir: join(ROOT, 'test', 'unit', 'auth'), loader: 'ts' },
    bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', outfile: path, logLevel: 'silent',
  });
  return {
    path,
    remove: () => { rmSync(folder, { recursive: true, force: true }); },
  };
}

/** What a module imports statically, directly or indirectly: packages and files of `src`. */
export async function staticImports(entry: string): Promise<string[]> {
  const result: BuildResult<{ metafile: true }> = await build({
    entryPoints: [join(ROOT, entry)], absWorkingDir: ROOT,
    bundle: true, platform: 'node', format: 'esm', packages: 'external', splitting: true, outdir: join(ROOT, 'unused'),
    write: false, metafile: true, logLevel: 'silent',
  });
  const { inputs } = result.metafile;
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const imported of inputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement') visit(imported.path);
    }
  };
  visit(entry);
  return [...found];
}

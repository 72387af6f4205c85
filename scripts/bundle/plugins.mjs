// How the bundle differs from the sources, for a quick start: each difference with the number that justifies it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Bundles these modules into one file, although the sources import() them one by one. Each file costs about a
 * millisecond, however small it is, and code that two of them share would be one more. `behind`: the group that is
 * loaded before this one, see `behind`.
 */
export function together(name, folder, modules, { behind: first } = {}) {
  const files = new Set(modules.map((module) => join(folder, module)));
  /** Those that no import has asked for so far. */
  const unused = new Set(files);
  return {
    name: `together: ${name}`,
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        const file = join(resolveDir, path);
        if (kind !== 'dynamic-import' || !files.has(file)) return undefined;
        unused.delete(file);
        return { path: name, namespace: 'together' };
      });
      build.onLoad({ filter: new RegExp(`^${name}$`), namespace: 'together' }, () => ({
        contents: [...(first === undefined ? [] : [`import "${first}";`]), ...[...files].map((file) => `export * from ${JSON.stringify(file)};`)].join('\n'),
        resolveDir: folder,
      }));
      build.onEnd(() => {
        if (unused.size > 0) throw new Error(`nothing loads ${[...unused].join(', ')} on demand`);
      });
    },
  };
}

/**
 * Lets these modules load a group first, which was loaded anyway before anything asked for them. Then all that they share with
 * it is one file: esbuild makes one for each set of modules that share something, and a watch loaded 37 instead of 13.
 */
export function behind(name, folder, modules) {
  const files = new Set(modules.map((module) => join(folder, module)));
  return {
    name: `behind: ${name}`,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: 'together' }));
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => (files.has(path) ? { contents: `${readFileSync(path, 'utf8')}import "${name}";\n`, loader: 'ts' } : undefined));
    },
  };
}

/** Resolves a package, or an import of one package, to a file of ours. */
export function replaced(filter, importedBy, file) {
  return {
    name: `replaced: ${filter.source}`,
    setup(build) {
      build.onResolve({ filter }, ({ importer }) => (importedBy.test(importer) ? { path: file } : undefined));
    },
  };
}

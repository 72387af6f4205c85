// How the bundle differs from what the sources say, for the sake of a quick start: each with the number that pays for it.
import { join } from 'node:path';

/**
 * Loads these modules as one file, although the sources import() them one by one. A file costs about a
 * millisecond however small it is, and what two of them share would be another one.
 */
export function together(name, folder, modules) {
  const files = new Set(modules.map((module) => join(folder, module)));
  /** Those that nothing has loaded so far. */
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
        contents: [...files].map((file) => `export * from ${JSON.stringify(file)};`).join('\n'),
        resolveDir: folder,
      }));
      build.onEnd(() => {
        if (unused.size > 0) throw new Error(`nothing loads ${[...unused].join(', ')} on demand`);
      });
    },
  };
}

/** Resolves a package, or what one package imports, to a file of ours. */
export function replaced(filter, importedBy, file) {
  return {
    name: `replaced: ${filter.source}`,
    setup(build) {
      build.onResolve({ filter }, ({ importer }) => (importedBy.test(importer) ? { path: file } : undefined));
    },
  };
}

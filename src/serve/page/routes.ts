import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Hono } from 'hono';

/** Where scripts/build.mjs puts the page: next to the bundle, elsewhere if this runs from source. */
const FOLDER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../../dist/page/' : './page/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };
/** Files are named after their content: under one name, a file never changes. */
const HASHED = /-[0-9A-Z]{8}\.\w+$/;

/** `addPage` adds `GET /` and what it loads, below `/assets/`. Only files that exist at the start are served. */
export function addPage(app: Hono, folder = FOLDER): void {
  const page = readFileSync(join(folder, 'index.html'));
  app.get('/', (context) => context.body(page, 200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }));
  for (const name of readdirSync(join(folder, 'assets'))) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const content = readFileSync(join(folder, 'assets', name));
    app.get(`/assets/${name}`, (context) =>
      context.body(content, 200, { 'content-type': type, 'cache-control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache' }));
  }
}

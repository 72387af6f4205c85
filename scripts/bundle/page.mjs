// The page of `--serve`, for browsers: one script and one style sheet, named after their content, so that a browser may keep
// them for ever, and no inline script or style, so that the strictest policy holds.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** The page is small on purpose: whatever makes it larger than this got in by mistake. */
const MOST_BYTES = 80_000;

/** `buildPage` writes the page into a folder, and returns the files that went into it. */
export async function buildPage(root, outdir) {
  const source = join(root, 'src/serve/page/browser');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(source, 'main.tsx'), join(source, 'page.css')],
    entryNames: '[name]-[hash]',
    outdir: join(outdir, 'assets'),
    bundle: true,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.keys(metafile.outputs).map((file) => basename(file));
  const nameOf = (ending) => `assets/${names.find((name) => name.endsWith(ending))}`;
  mkdirSync(outdir, { recursive: true });
  const page = readFileSync(join(source, 'index.html'), 'utf8').replaceAll(/^ +/gm, '').replace('STYLE', nameOf('.css')).replace('SCRIPT', nameOf('.js'));
  writeFileSync(join(outdir, 'index.html'), page);
  // Beside the page: the form that asks for the token, under a name that the server knows.
  writeFileSync(join(outdir, 'assets/login.css'), readFileSync(join(source, 'login.css'), 'utf8'));
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  if (bytes > MOST_BYTES) throw new Error(`the page has ${bytes} bytes, more than ${MOST_BYTES}`);
  return Object.keys(metafile.inputs);
}

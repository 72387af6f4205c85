#!/usr/bin/env node
const { join } = require('node:path');
const { printPrebuilt } = require('../dist/prebuilt-pages.cjs');

const argv = process.argv.slice(2);
if (argv[0] === '__complete') {
  const dist = join(__dirname, '../dist');
  require('../dist/completion.cjs').answerCompletion(argv.slice(1), dist, process.env).then((answer) => { process.stdout.write(answer); }, () => { process.exitCode = 1; });
} else if (!printPrebuilt(argv, join(__dirname, '../dist/help'))) {
  run().catch((error) => {
    // Only a file that is missing, or damaged, from here on: `main` never rejects.
    process.stderr.write(`graph-watch failed unexpectedly: ${String(error.message).split('\n')[0]}\nIs it installed completely?\n`);
    process.exitCode = 1;
  });
}

async function run() {
  // Node 22.8 and later keep what they have compiled, which saves an eighth of a start to `ready`. Not in
  // Node's usual place, the temporary folder: there another user could lay code out for us.
  try {
    const cache = process.env.XDG_CACHE_HOME || join(require('node:os').homedir(), '.cache');
    require('node:module').enableCompileCache?.(join(cache, 'graph-watch'));
  } catch {
    // In some containers nobody has a home directory: then there is no cache, and the program says what it lacks.
  }
  const { main, realSurroundings } = await import('../dist/main.js');
  process.exitCode = await main(argv, realSurroundings());
  // All is done. What a reader has not taken in the time it was given, or a peer that does not hang up,
  // must not keep the process.
  setTimeout(() => process.exit(), 300).unref();
}

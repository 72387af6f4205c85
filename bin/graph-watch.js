#!/usr/bin/env node
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Node 22.8 and later keep what they have compiled, which saves an eighth of a start to `ready`. Not in
// Node's usual place, the temporary folder: there another user could lay code out for us.
module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'graph-watch'));
const { main, realSurroundings } = await import('../dist/main.js');

process.exitCode = await main(process.argv.slice(2), realSurroundings());
// All is done. What a reader has not taken in the time it was given, or a peer that does not hang up,
// must not keep the process.
setTimeout(() => process.exit(), 300).unref();

#!/usr/bin/env node
import { main, realSurroundings } from '../dist/main.js';

process.exitCode = await main(process.argv.slice(2), realSurroundings());
// All is done. What a reader has not taken in the time it was given, or a peer that does not hang up,
// must not keep the process.
setTimeout(() => process.exit(), 300).unref();

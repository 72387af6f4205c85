#!/usr/bin/env node
import { main, realSurroundings } from '../dist/main.js';

process.exitCode = await main(process.argv.slice(2), realSurroundings());

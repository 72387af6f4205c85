import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkProgram } from '../../../src/actions/find-program.ts';
import { exitCodeOf } from '../../../src/app/exit-codes.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-program-'));
  for (const [name, mode] of [['good', 0o755], ['plain', 0o644], ['tool.exe', 0o755], ['script.cmd', 0o755]] as const) {
    writeFileSync(join(place, name), '#!/bin/sh\n');
    chmodSync(join(place, name), mode);
  }
  mkdirSync(join(place, 'folder'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function problem(name: string, path: string | undefined, platform: NodeJS.Platform = 'linux'): string | undefined {
  try {
    checkProgram(name, { [platform === 'win32' ? 'Path' : 'PATH']: path }, platform);
    return undefined;
  } catch (error) {
    expect(exitCodeOf(error)).toBe(127);
    return (error as Error).message.replace(/^.* cannot be run: /, '');
  }
}

describe('a program', () => {
  it('is looked for in every folder of PATH', () => {
    expect(problem('good', `/nowhere:${place}`)).toBeUndefined();
    expect(problem('good', '/nowhere')).toBe('program not found.');
    expect(problem('plain', `/nowhere:${place}`)).toBe('it is not executable.');
    expect(problem('folder', place)).toBe('it is a folder.');
    // The first runnable match wins.
    expect(problem('sh', `${place}/folder:/bin`)).toBeUndefined();
    expect(problem('sh', undefined)).toBeUndefined();
  });

  it('named with a slash is a path, whatever PATH says', () => {
    expect(problem(join(place, 'good'), '')).toBeUndefined();
    expect(problem(relative(process.cwd(), join(place, 'good')), '/nowhere')).toBeUndefined();
    expect(problem('./good', place)).toBe('program not found.');
    expect(problem(place, '')).toBe('it is a folder.');
  });

  it('may be named without .exe on Windows, and must not be a .bat or .cmd file', () => {
    expect(problem('tool', place, 'win32')).toBeUndefined();
    expect(problem('tool.exe', `nowhere;${place}`, 'win32')).toBeUndefined();
    expect(problem('script', place, 'win32')).toBe('program not found.');
    expect(problem('script.cmd', place, 'win32')).toBe('it is a .bat or .cmd file.');
  });
});

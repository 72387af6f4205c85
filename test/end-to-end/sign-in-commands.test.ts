import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { realClock } from '../../src/surroundings.ts';

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-'));
  folder = join(place, 'config');
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

/** Runs the whole program, without a network. */
async function run(argv: string[], env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => new PassThrough().setEncoding('utf8').on('data', (text: string) => { written[name] += text; });
  const code = await main(argv, {
    env: { GRAPH_WATCH_CONFIG_DIR: folder, ...env }, platform: process.platform, stdin: new PassThrough(), stdout: sink('stdout'), stderr: sink('stderr'),
    clock: realClock, random: Math.random, onSignal: () => () => undefined, onSuspend: () => () => undefined, onFault: () => undefined, openBrowser: () => Promise.reject(new Error('none')), exitNow: () => undefined,
  });
  return { code, ...written };
}

describe('the program', () => {
  it('answers status with exit code 3 when nobody is signed in', async () => {
    const { code, stdout, stderr } = await run(['status']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ signedIn: false, configFolder: folder });
    expect(stderr).toBe('error: You are not signed in (login.microsoftonline.com).\nRun graph-watch login.\n');
  });

  it('answers status with exit code 0 when a token is given, and does not show it', async () => {
    const { code, stdout, stderr } = await run(['status', '--debug'], { GRAPH_WATCH_TOKEN: 'opaque-token-1' });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ signedIn: true, credential: 'token' });
    expect(stdout + stderr).not.toContain('opaque-token-1');
  });

  it('ends logout with exit code 3 if nobody is signed in, and logout --all with 0', async () => {
    expect((await run(['logout'])).code).toBe(3);
    expect(await run(['logout', '--all'])).toEqual({ code: 0, stdout: '', stderr: 'You were not signed in.\n' });
  });

  it('stores a setting, uses it, and lets the environment and the flags win', async () => {
    expect(await run(['config', 'set', 'cloud', 'usgov'])).toEqual({ code: 0, stdout: '', stderr: 'Set cloud to usgov.\n' });
    const cloud = async (argv: string[], env: Record<string, string> = {}) => (JSON.parse((await run(['status', ...argv], env)).stdout) as { cloud: string }).cloud;
    expect(await cloud([])).toBe('usgov');
    expect(await cloud([], { GRAPH_WATCH_CLOUD: 'china' })).toBe('china');
    expect(await cloud(['--cloud', 'usgov-dod'], { GRAPH_WATCH_CLOUD: 'china' })).toBe('usgov-dod');
    expect(await run(['config', 'get', 'cloud'])).toEqual({ code: 0, stdout: 'usgov\n', stderr: '' });
    expect(await run(['config', 'list'])).toEqual({ code: 0, stdout: '{"cloud":"usgov"}\n', stderr: '' });
    expect(await run(['config', 'path'])).toEqual({ code: 0, stdout: `${join(folder, 'config.json')}\n`, stderr: '' });
    await run(['config', 'unset', 'cloud']);
    expect(await cloud([])).toBe('global');
  });

  it('refuses a wrong setting with exit code 2', async () => {
    expect((await run(['config', 'set', 'cloud', 'moon'])).code).toBe(2);
    const { code, stderr } = await run(['config', 'set', 'token', 'opaque-token-1']);
    expect(code).toBe(2);
    expect(stderr).not.toContain('opaque-token-1');
  });

  it('names a damaged configuration file, with exit code 2', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'config.json'), '{');
    const { code, stderr } = await run(['status']);
    expect(code).toBe(2);
    expect(stderr).toContain(join(folder, 'config.json'));
  });
});

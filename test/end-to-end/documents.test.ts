import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bareEnv, BINARY } from '../support/binary.ts';
import { codeBlocks, document, ROOT } from '../support/documents.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';

describe('the reference', () => {
  it('is what the commands, the settings and the schema make of it', async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/reference.mjs'), '--check']);
  });
});

describe('the job for GitHub Actions', () => {
  let drive: EmulatedDrive;
  beforeAll(async () => {
    drive = await emulatedDrive();
  });
  afterAll(() => drive.close());

  /** The last step's script, as GitHub takes it out of the YAML. */
  function script(): string {
    const job = codeBlocks(document('docs/running.md')).find(({ language }) => language === 'yaml')?.text ?? '';
    const [, indent = '', body = ''] = /\n +run: \|\n( +)([^]*)$/.exec(job) ?? [];
    return body.replaceAll(`\n${indent}`, '\n');
  }

  /** Runs it as GitHub does, with `bash -e`, in a folder of its own with the two scripts that are the reader's. */
  async function run(step: string, { token = drive.token, change = '' } = {}): Promise<{ code: number; place: string }> {
    const place = mkdtempSync(join(drive.place, 'job-'));
    const scripts = { 'get-token.sh': `echo '${token}'`, 'make-a-change.sh': change, 'graph-watch': `exec '${process.execPath}' '${BINARY}' "$@"` };
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(place, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    // An empty variable is none: the token is in the file only.
    const env = bareEnv({ ...drive.env, PATH: `${place}:${process.env.PATH ?? ''}`, GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: join(place, 'graph-token') });
    // It closes once the watch in the background has ended too.
    const child = spawn('bash', ['-ec', step], { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    const [code] = await once(child, 'close') as [number];
    return { code, place };
  }

  it('succeeds when its change is reported', async () => {
    const { code, place } = await run(script(), { change: `echo hello > '${join(drive.running.folder, 'smoke.txt')}'` });
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(place, 'event.json'), 'utf8'))).toMatchObject({ change: 'created', item: { path: '/smoke.txt' } });
  });

  it('fails with 124 when nothing comes', async () => {
    expect(script()).toContain('-t 5m');
    expect(await run(script().replace('-t 5m', '-t 1s'))).toMatchObject({ code: 124 });
  });

  it('fails with 3 when the token is refused', async () => {
    expect(await run(script(), { token: 'nonsense' })).toMatchObject({ code: 3 });
  });

  it('fails with 5 when Graph refuses', async () => {
    expect(await run(script().replace('watch me', 'watch drive nowhere'))).toMatchObject({ code: 5 });
  });

  it('fails with the exit code of a script that fails, and ends its watch', async () => {
    const { code, place } = await run(script(), { change: 'exit 9' });
    expect(code).toBe(9);
    expect(existsSync(join(place, 'ready'))).toBe(false);
  });
});

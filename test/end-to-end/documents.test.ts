import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bareEnv, BINARY } from '../support/binary.ts';
import { codeBlocks, document, ROOT } from '../support/documents.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';

describe('the reference', () => {
  it('matches the commands, the settings and the schema', async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/reference.mjs'), '--check']);
  });
});

/** A step's script, as GitHub and GitLab read it from the YAML block that contains these words. */
function stepWith(words: string): string {
  const job = codeBlocks(document('docs/running.md')).find(({ language, text }) => language === 'yaml' && text.includes(words))?.text ?? '';
  const [, indent = '', body = ''] = /\n +(?:run:|-) \|\n( +)([^]*?)(?:\n(?!\1)[^]*)?$/.exec(job.slice(job.indexOf(words))) ?? [];
  return body.replaceAll(`\n${indent}`, '\n');
}

describe('a CI job from the docs', () => {
  let drive: EmulatedDrive;
  let tokenService: Server;
  beforeAll(async () => {
    drive = await emulatedDrive();
    // GitHub's own token service, which recognizes its job by a bearer token.
    tokenService = createServer((request, response) => {
      const isKnown = request.headers.authorization === 'Bearer of-this-job' && request.url?.includes('audience=api%3A%2F%2FAzureADTokenExchange') === true;
      response.writeHead(isKnown ? 200 : 403).end(JSON.stringify(isKnown ? { value: assertion() } : {}));
    }).listen(0, '127.0.0.1');
    await once(tokenService, 'listening');
  });
  afterAll(async () => {
    tokenService.close();
    await drive.close();
  });

  /** An ID token of a CI system. For an app that is not registered, the emulator accepts any well-formed one. */
  function assertion(): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iat = Math.floor(Date.now() / 1000);
    return [part({ alg: 'RS256' }), part({ iss: 'https://ci.example.com', sub: 'a job', aud: 'api://AzureADTokenExchange', iat, exp: iat + 600 }), 'c2ln'].join('.');
  }

  interface Job {
    step: string;
    env?: Record<string, string>;
    /** What `make-a-change.sh` does. */
    change?: string;
    /** What `get-token.sh` prints. */
    token?: string;
  }

  /** Runs a step as GitHub does, with `bash -e`, in a folder of its own with the two scripts that readers bring themselves. */
  async function run({ step, env = {}, change = '', token = drive.token }: Job): Promise<{ code: number; place: string }> {
    const place = mkdtempSync(join(drive.place, 'job-'));
    const scripts = { 'get-token.sh': `echo '${token}'`, 'make-a-change.sh': change, 'graph-watch': `exec '${process.execPath}' '${BINARY}' "$@"` };
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(place, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const found = step.replace('b!4sCT1f9z…', drive.running.emulator.drive.id);
    // An empty variable counts as unset: the token is in the file only.
    const all = bareEnv({ ...drive.env, PATH: `${place}:${process.env.PATH ?? ''}`, GRAPH_WATCH_TOKEN: '', ...env });
    // Its pipes close once the watch in the background has ended too.
    const child = spawn('bash', ['-ec', found], { cwd: place, env: all, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    const [code] = await once(child, 'close') as [number];
    return { code, place };
  }

  const APP = { GRAPH_WATCH_AUTH: 'app', AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: '22222222-3333-4444-5555-666666666666' };
  const smoke = (): string => `echo hello > '${join(drive.running.folder, 'smoke.txt')}'`;
  const event = (place: string): unknown => JSON.parse(readFileSync(join(place, 'event.json'), 'utf8'));

  /** The jobs exactly as the docs show them, with what the CI system provides. */
  const jobs: Record<string, () => Required<Pick<Job, 'step' | 'env'>>> = {
    'without a secret': () => {
      const { port } = tokenService.address() as AddressInfo;
      const env = { ...APP, ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${String(port)}/token?api-version=2.0`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-this-job' };
      return { step: stepWith('id-token: write'), env };
    },
    'as a person': () => ({ step: stepWith('GRAPH_WATCH_AUTH: user'), env: { GRAPH_WATCH_AUTH: 'user', GRAPH_WATCH_TOKEN_FILE: 'graph-token' } }),
    'in GitLab': () => {
      const file = join(drive.place, 'id-token');
      writeFileSync(file, assertion());
      return { step: stepWith('AZURE_ID_TOKEN:'), env: { ...APP, AZURE_FEDERATED_TOKEN_FILE: file } };
    },
  };

  it.each(Object.keys(jobs))('%s succeeds when its change is reported', async (name) => {
    rmSync(join(drive.running.folder, 'smoke.txt'), { force: true });
    const job = jobs[name]?.();
    const step = job?.step.replace('--poll 10s', '--poll 1s') ?? '';
    const { code, place } = await run({ ...job, step, change: smoke() });
    expect(code).toBe(0);
    expect(event(place)).toMatchObject({ item: { path: '/smoke.txt' } });
  });

  it.each(Object.keys(jobs))('%s fails with 124 when nothing comes', async (name) => {
    const job = jobs[name]?.();
    expect(job?.step).toContain('-t 5m');
    expect(await run({ ...job, step: job?.step.replace('-t 5m', '-t 1s') ?? '' })).toMatchObject({ code: 124 });
  });

  it.each<[string, Partial<Job>]>([
    ['without a secret', { env: { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-another-job' } }],
    ['as a person', { token: 'nonsense' }],
  ])('%s fails with 3 when the sign-in is refused', async (name, { env, ...more }) => {
    const job = jobs[name]?.();
    expect(await run({ step: '', ...job, env: { ...job?.env, ...env }, ...more })).toMatchObject({ code: 3 });
  });

  it('fails with 5 when Graph refuses', async () => {
    const { step, env } = jobs['as a person']?.() ?? { step: '', env: {} };
    expect(await run({ step: step.replace('watch me', 'watch drive nowhere'), env })).toMatchObject({ code: 5 });
  });

  it.each(['without a secret', 'as a person'])('%s fails with the exit code of a failing script, and ends its watch', async (name) => {
    const { code, place } = await run({ step: '', ...jobs[name]?.(), change: 'exit 9' });
    expect(code).toBe(9);
    expect(existsSync(join(place, 'ready'))).toBe(false);
  });
});

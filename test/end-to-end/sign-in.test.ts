import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CLIENT_ID } from '../../src/auth/clouds.ts';
import { inMemory, type KeyVault } from '../../src/auth/store/key-vault.ts';
import type { TokenSource } from '../../src/auth/token-source.ts';
import { createTokenSource } from '../../src/auth/tokens.ts';
import { createContext } from '../../src/app/create-context.ts';
import { runLogin, type LoginOptions } from '../../src/commands/login.ts';
import { runLogout } from '../../src/commands/logout.ts';
import type { Settings } from '../../src/app/settings.ts';
import { runStatus, type Status } from '../../src/commands/status.ts';
import type { CommandContext } from '../../src/app/context.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { createPeople } from '../../src/output/people.ts';
import { createRedactor, type Redactor } from '../../src/lib/redactor.ts';
import { realClock, type Surroundings } from '../../src/surroundings.ts';
import { bundle } from '../unit/auth/bundle.ts';

let place: string;
let emulator: Emulator;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-'));
  emulator = await startEmulator({
    folder: join(place, 'drive'), stateFolder: join(place, 'emulator'), port: 0, pushPort: 0, deviceCodeIntervalSeconds: 0, singleUseRefreshTokens: true,
  });
});
afterAll(async () => {
  await emulator.close();
  rmSync(place, { recursive: true, force: true });
});

let folder: string;
let vault: KeyVault;
let redactor: Redactor;
let shown: string;
let stdout: string;
/** Called with all of stderr so far, whenever more comes. */
let onStderr: (all: string) => void;
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(place, 'config-')), 'config');
  vault = inMemory();
  redactor = createRedactor();
  shown = '';
  stdout = '';
  onStderr = () => undefined;
});
afterEach(async () => {
  emulator.admin.setPace({ tokenLifetimeMs: 3_600_000 });
  emulator.admin.clearFaults();
  for (const close of closing.splice(0)) await close();
});

const settings = (changes: Partial<Settings> = {}): Settings => ({
  cloud: 'emulator', clientId: DEFAULT_CLIENT_ID, tenant: 'common', account: undefined, output: undefined, quiet: false, debug: true, color: false,
  configFolder: folder, graphUrl: emulator.graphUrl, authority: emulator.authority, extraCaFile: emulator.caFile, token: undefined, tokenFile: undefined, tokenCommand: undefined, auth: 'user', appId: undefined, userAgent: 'NONISV|test', ...changes,
});

function command(changes: Partial<Settings> = {}, { signal = new AbortController().signal, openBrowser }: { signal?: AbortSignal; openBrowser?: Surroundings['openBrowser'] } = {}): CommandContext {
  const out = new PassThrough().setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  const err = new PassThrough().setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    onStderr(shown);
  });
  const surroundings: Surroundings = {
    env: {}, platform: process.platform, stdin: new PassThrough(), stdout: out, stderr: err, clock: realClock, random: Math.random,
    onSignal: () => () => undefined, onSuspend: () => () => undefined, onFault: () => undefined, openBrowser: openBrowser ?? (() => Promise.reject(new Error('none'))), exitNow: () => undefined,
  };
  const all = settings(changes);
  const { context, close } = createContext({
    surroundings, settings: all, redactor, signal, onHangup: () => () => undefined, onAbruptExit: () => () => undefined,
    people: createPeople({ stderr: err, redactor, quiet: all.quiet, debug: all.debug, color: false }),
  });
  closing.push(close);
  return { ...context, vault };
}

/** What a person does with the prompt. */
const decideWith = (decide: (userCode: string) => void) => {
  let decided = false;
  onStderr = (all) => {
    const code = /enter this code\n\n {4}(\S+)\n/.exec(all)?.[1];
    if (code === undefined || decided) return;
    decided = true;
    decide(code);
  };
};
const login = async (options: LoginOptions = {}, user?: string) => {
  shown = '';
  decideWith((code) => emulator.admin.approveDevice(code, user));
  await runLogin(command(), options);
};
const tokenSource = (account?: string): TokenSource => {
  const { send, surroundings, people } = command();
  return createTokenSource({
    ...settings({ account }), send, clock: surroundings.clock, redactor, vault, warn: () => undefined, debug: (line) => { people.debug(line); },
  });
};
const whoAmI = async (token: string): Promise<unknown> => {
  const answer = await command().send({ method: 'GET', url: `${emulator.graphUrl}/v1.0/me/drive`, headers: { authorization: `Bearer ${token}` } });
  return answer.status === 200 ? (JSON.parse(answer.body) as { owner: { user: { email: string } } }).owner.user.email : answer.status;
};
const status = async (): Promise<Status> => {
  stdout = '';
  await runStatus(command(), {});
  return JSON.parse(stdout) as Status;
};

describe('signing in at the emulator', () => {
  it('with a device code yields tokens that Graph accepts, until sign-out', async () => {
    await login();
    expect(shown).toContain(`${emulator.devicePage}\n`);
    expect(shown).toMatch(/Signed in as ada@example\.com \(emulator, tenant [\w-]+\)\./);
    expect(await whoAmI(await tokenSource().get())).toBe('ada@example.com');
    expect(await status()).toMatchObject({ signedIn: true, cloud: 'emulator', scopes: ['Files.Read'], accounts: [{ username: 'ada@example.com', active: true }] });
    await runLogout(command(), {});
    expect(readdirSync(folder)).toEqual([]);
    await expect(tokenSource().get()).rejects.toMatchObject({ category: 'auth', code: 'notSignedIn' });
  });

  it('ends when the user declines', async () => {
    decideWith((code) => emulator.admin.declineDevice(code));
    await expect(runLogin(command(), {})).rejects.toMatchObject({ category: 'auth', code: 'authorization_declined' });
    expect(existsSync(folder)).toBe(false);
  });

  it('ends at once on Ctrl-C', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    decideWith(() => { abort.abort(reason); });
    await expect(runLogin(command({}, { signal: abort.signal }), {})).rejects.toBe(reason);
  });

  it('through the browser works from the first page to the last', async () => {
    const { send } = command();
    let page = '';
    const openBrowser = async (url: string): Promise<void> => {
      const form = hiddenFields((await send({ method: 'GET', url })).body);
      const decided = await send({
        method: 'POST', url: `${emulator.graphUrl}/sign-in/decision`, headers: { 'content-type': 'application/x-www-form-urlencoded', origin: emulator.graphUrl },
        body: new URLSearchParams({ ...form, user: 'grace@example.com', decision: 'approve' }).toString(),
      });
      const answer = hiddenFields(decided.body);
      const target = new URL(/action="(http:\/\/localhost:\d+)[^"]*"/.exec(decided.body)?.[1] ?? '');
      const post = request({ host: '127.0.0.1', port: target.port, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      post.end(new URLSearchParams(answer).toString());
      void once(post, 'response').then(async ([response]) => {
        for await (const chunk of response as NodeJS.ReadableStream) page += String(chunk);
      });
    };
    await runLogin(command({}, { openBrowser }), { browser: true });
    expect(shown).toContain('Signed in as grace@example.com');
    expect(page).toContain('You are signed in');
    expect(await whoAmI(await tokenSource().get())).toBe('grace@example.com');
  });

  it('as two people keeps their accounts apart', async () => {
    await login({}, 'ada@example.com');
    await login({}, 'grace@example.com');
    expect(await whoAmI(await tokenSource().get())).toBe('grace@example.com');
    expect(await whoAmI(await tokenSource('ADA@example.com').get())).toBe('ada@example.com');
  });

  it('yields a new token when Graph has refused the last one', async () => {
    await login();
    const tokens = tokenSource();
    const first = await tokens.get();
    emulator.admin.revokeTokens({ access: true, refresh: false });
    expect(await whoAmI(first)).toBe(401);
    const second = await tokens.get({ forceRefresh: true });
    expect(second).not.toBe(first);
    expect(await whoAmI(second)).toBe('ada@example.com');
  });

  it('is required again when the refresh token is revoked', async () => {
    await login();
    emulator.admin.revokeTokens({ access: true, refresh: true });
    await expect(tokenSource().get({ forceRefresh: true })).rejects.toMatchObject({ category: 'auth', hint: 'Run graph-watch login.' });
  });

  it('survives service trouble while the code is being entered', async () => {
    decideWith((code) => {
      emulator.admin.arm({ kind: 'answer', status: 503 }, { count: 2, pathPrefix: '/common/oauth2/v2.0/token' });
      emulator.admin.approveDevice(code);
    });
    const { surroundings, ...rest } = command();
    // So that the test need not wait out the slower polls.
    const clock = { ...realClock, sleep: () => new Promise<void>((resolve) => { setImmediate(resolve); }) };
    await runLogin({ ...rest, surroundings: { ...surroundings, clock } }, {});
    expect(shown).toContain('Signed in as');
  });

  it('fails with the network category when nothing listens', async () => {
    const nowhere = { authority: 'https://localhost:1/common' };
    await expect(runLogin(command(nowhere), {})).rejects.toMatchObject({ category: 'network', message: expect.stringContaining('ECONNREFUSED') as unknown });
  });

  it('fails with the network category when the certificate is not known', async () => {
    await expect(runLogin(command({ extraCaFile: undefined }), {})).rejects.toMatchObject({ category: 'network' });
  });

  it('prints no token, code or verifier, with --debug', async () => {
    await login();
    const token = await tokenSource().get();
    await status();
    for (const secret of [token, await vault.get()]) expect(shown + stdout).not.toContain(secret);
    expect(shown).toContain('debug: POST');
    expect(shown).not.toMatch(/eyJ|device_code=|code_verifier=|refresh_token/);
  });
});

describe('two processes that refresh at once', () => {
  it('do not invalidate each other\'s tokens, although each refresh token works only once', async () => {
    await login();
    // The child processes have no access to this process's vault.
    const key = await vault.get();
    const child = await bundle(`
      import { createTokenSource } from '../../../src/auth/tokens.ts';
      import { createNetwork } from '../../../src/net/network.ts';
      import { createSend } from '../../../src/net/send.ts';
      import { realClock } from '../../../src/surroundings.ts';
      const { settings: { debug: _debug, ...settings }, key } = JSON.parse(process.argv[2]);
      const network = createNetwork({ env: process.env });
      const tokens = createTokenSource({
        ...settings, send: createSend(network), clock: realClock, redactor: { add() {}, redact: (text) => text }, warn() {},
        vault: { get: async () => key, set: async () => {}, delete: async () => {} },
      });
      const seen = [await tokens.get()];
      for (let n = 0; n < 4; n += 1) seen.push(await tokens.get({ forceRefresh: true }));
      await network.close();
      process.stdout.write(JSON.stringify(seen));
    `);
    try {
      const run = async (): Promise<string[]> => {
        const running = spawn(process.execPath, [child.path, JSON.stringify({ settings: settings(), key })], {
          stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_EXTRA_CA_CERTS: emulator.caFile },
        });
        let output = '';
        running.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
        expect(await once(running, 'close')).toEqual([0, null]);
        return JSON.parse(output) as string[];
      };
      for (const seen of await Promise.all([run(), run()])) expect(new Set(seen).size).toBe(5);
      expect(await whoAmI(await tokenSource().get({ forceRefresh: true }))).toBe('ada@example.com');
      expect(readFileSync(join(folder, 'sign-ins')).length).toBeGreaterThan(100);
    } finally {
      child.remove();
    }
  });
});

function hiddenFields(page: string): Record<string, string> {
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
}

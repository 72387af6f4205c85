import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CLIENT_ID, type CloudName } from '../../src/auth/clouds.ts';
import { inMemory } from '../../src/auth/store/key-vault.ts';
import { createContext } from '../../src/app/create-context.ts';
import { runLogin } from '../../src/commands/login.ts';
import { runWatch } from '../../src/commands/watch.ts';
import { startEmulator } from '../../src/emulator/start.ts';
import { createPeople } from '../../src/output/people.ts';
import { createRedactor } from '../../src/lib/redactor.ts';
import { connectProxy, type ConnectProxy } from '../support/connect-proxy.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';

let place: string;
let proxy: ConnectProxy;
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-network-'));
  proxy = await connectProxy();
});
afterEach(async () => {
  await proxy.close();
  rmSync(place, { recursive: true, force: true });
});

describe('the emulator', () => {
  async function emulated(cloud: CloudName) {
    const emulator = await startEmulator({
      folder: join(place, 'drive'), stateFolder: join(place, 'state'), port: 0, pushPort: 0, autoApprove: true, approveDelayMs: 0, deviceCodeIntervalSeconds: 0, notifyDelayMs: 0,
    });
    const surroundings = fakeSurroundings({ env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });
    const redactor = createRedactor();
    const { context, close } = createContext({
      surroundings, redactor, signal: new AbortController().signal, onHangup: () => () => undefined, onAbruptExit: () => () => undefined, vault: inMemory(),
      people: createPeople({ stderr: surroundings.stderr, redactor, quiet: false, debug: true, color: false }),
      settings: {
        cloud, clientId: DEFAULT_CLIENT_ID, tenant: 'common', account: undefined, output: 'ndjson', quiet: false, debug: true, color: false,
        configFolder: join(place, 'config'), graphUrl: emulator.graphUrl, authority: emulator.authority, extraCaFile: emulator.caFile, token: undefined, tokenFile: undefined, tokenCommand: undefined, auth: 'user', appId: undefined, userAgent: 'NONISV|test',
      },
    });
    return {
      emulator, context,
      signIn: new URL(emulator.authority).host,
      watchOnce: async (): Promise<void> => {
        const watch = runWatch(context, { kind: 'target', target: { kind: 'me' } }, { count: 1, lifecycle: false });
        await surroundings.stderr.until('ready');
        await emulator.admin.notify();
        expect(await watch).toBe(0);
        await close();
        await emulator.close();
      },
    };
  }

  it('is reached through the proxy like any other cloud, sign-in included, and its certificate authority is trusted', async () => {
    const { emulator, context, signIn, watchOnce } = await emulated('usgov');
    proxy.refusals.set(signIn, 403);
    await expect(runLogin(context, {})).rejects.toMatchObject({ category: 'network', message: expect.stringMatching(/the proxy http:\S+ \(HTTPS_PROXY\) returned 403/) });
    proxy.refusals.clear();
    await runLogin(context, {});
    expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(new Set([signIn]));
    await watchOnce();
    expect(proxy.tunnels.map(({ target }) => target)).toContain(new URL(emulator.pushUrl).host);
  });

  it('with --cloud emulator bypasses the proxy without further settings', async () => {
    const { context, watchOnce } = await emulated('emulator');
    await runLogin(context, {});
    await watchOnce();
    expect([proxy.tunnels.map(({ target }) => target), proxy.others]).toEqual([[], []]);
  });
});

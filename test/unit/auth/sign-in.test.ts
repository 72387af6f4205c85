import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acquireSilently, loginWithDeviceCode, type DevicePrompt } from '../../../src/auth/sign-in.ts';
import { WatchError } from '../../../src/errors.ts';
import { refusal, scene, SECRETS, tokens, type Scene } from './support.ts';

let s: Scene;
beforeEach(() => {
  s = scene();
});
afterEach(() => {
  s.clean();
});

const login = (scopes: string[] = [], signal?: AbortSignal) => {
  const prompts: DevicePrompt[] = [];
  const done = loginWithDeviceCode(s.context({ signal }), { scopes, onPrompt: (prompt) => prompts.push(prompt) });
  return { prompts, done };
};
const failure = async (promise: Promise<unknown>): Promise<WatchError> => {
  const error: unknown = await promise.then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof WatchError)) throw new Error(`no WatchError: ${String(error)}`);
  return error;
};

describe('signing in with a device code', () => {
  it('shows the code, waits until it is entered, and stores the sign-in', async () => {
    s.service.script(refusal('authorization_pending', 70016), refusal('authorization_pending', 70016), tokens());
    const began = s.clock.now();
    const { prompts, done } = login();
    const { record, missingScopes } = await done;
    expect(prompts).toEqual([
      {
        userCode: 'ABCD1234', verificationUri: 'https://login.test/device', expiresAt: began + 900_000,
        message: 'To sign in, open https://login.test/device and enter the code ABCD1234.',
      },
    ]);
    expect(s.clock.sleeps).toEqual([5000, 5000, 5000]);
    expect(record).toMatchObject({ username: 'ada@example.com', scopes: ['Files.Read'], cloud: 'global' });
    expect(missingScopes).toEqual([]);
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(1));
    expect((await s.store().list()).signIns).toEqual([record]);
  });
});

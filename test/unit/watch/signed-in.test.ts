import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { signedInTokens } from '../../../src/watch/signed-in.ts';
import { runLogin } from '../../../src/commands/login.ts';
import { WatchError } from '../../../src/errors.ts';
import { tokens } from '../auth/support.ts';
import { commandScene, type CommandScene } from '../commands/command-scene.ts';

let s: CommandScene;
const signIn = (): Promise<void> => Promise.reject(new Error('nobody sits at a terminal'));
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

describe('signedInTokens', () => {
  it('fails in a script if nobody is signed in', async () => {
    await expect(signedInTokens(s.command(), signIn)).rejects.toMatchObject({ category: 'auth', code: 'notSignedIn' });
  });

  it('leaves the retry to the stream if the sign-in service is unreachable', async () => {
    // With a lifetime that requires a refresh at once.
    s.service.script(tokens({ expiresIn: 1 }));
    await runLogin(s.command(), {});
    const context = s.command();
    const unreachable = { ...context, send: () => Promise.reject(new WatchError('network', 'no route')) };
    expect((await signedInTokens(unreachable, signIn)).kind).toBe('sign-in');
  });
});

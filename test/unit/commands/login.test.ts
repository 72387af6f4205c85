import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runLogin } from '../../../src/commands/login.ts';
import { refusal, SECRETS, tokens } from '../auth/support.ts';
import { commandScene, type CommandScene } from './command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

describe('login', () => {
  it('shows URL and code, and says who is signed in, all on stderr', async () => {
    await runLogin(s.command(), {});
    expect(s.stdout()).toBe('');
    expect(s.stderr()).toContain('    https://login.test/device\n');
    expect(s.stderr()).toContain('    ABCD1234\n');
    expect(s.stderr()).toContain('within 15 minutes.');
    expect(s.stderr()).toMatch(/Signed in as ada@example\.com \(global, tenant 9188040d-[\w-]+\)\.\n/);
  });

  it('shows the prompt, and nothing else, with --quiet', async () => {
    await runLogin(s.command({ settings: { quiet: true } }), {});
    expect(s.stderr()).toContain('ABCD1234');
    expect(s.stderr()).not.toContain('Signed in');
  });

  it('shows no control characters that the service sends', async () => {
    s.service.deviceAnswer = {
      body: { user_code: 'AB\u001b[2JCD', device_code: SECRETS.deviceCode, verification_uri: 'https://login.test/\u0007', expires_in: 60, interval: 1 },
    };
    s.service.script(tokens({ user: 'ada\u001b]0;x\u0007' }));
    await runLogin(s.command(), {});
    expect(s.stderr()).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(s.stderr()).toContain('within 1 minute.');
  });

  it('says which scopes were not granted', async () => {
    await runLogin(s.command(), { scope: ['Sites.Read.All'] });
    expect(s.stderr()).toContain('warning: Not granted: Sites.Read.All.');
  });

  it('accepts several scopes as one word, and ignores an empty one', async () => {
    await runLogin(s.command(), { scope: ['Sites.Read.All  User.Read', '', 'Group.Read.All,Notes.Read'] });
    expect(s.stderr()).toContain('warning: Not granted: Sites.Read.All, User.Read, Group.Read.All, Notes.Read.\n');
  });

  it.each([
    ['warns in CI that a person has to complete it', { CI: 'true' }, {}, true],
    ['does not warn if the service approves automatically', { CI: 'true' }, { approvedAutomatically: true }, false],
    ['does not warn outside CI', {}, {}, false],
  ])('%s', async (_, env, options, warned) => {
    await runLogin(s.command({ env }), options);
    expect(s.stderr().includes('warning: a person has to complete this sign-in.')).toBe(warned);
  });

  it('says that a token from the environment takes precedence', async () => {
    await runLogin(s.command({ settings: { token: 'opaque-token' } }), {});
    expect(s.stderr()).toContain('GRAPH_WATCH_TOKEN is set');
    expect(s.stderr()).not.toContain('opaque-token');
  });

  it('shows the whole URL of the browser sign-in, whether a browser opened or not', async () => {
    for (const openBrowser of [() => Promise.resolve(), () => Promise.reject(new Error('none'))]) {
      const before = s.stderr().length;
      const done = runLogin(s.command({ openBrowser }), { browser: true });
      let url: string | undefined;
      while (url === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        url = /https:\/\/login\.test\/common\/oauth2\/v2\.0\/authorize\?\S+/.exec(s.stderr().slice(before))?.[0];
      }
      const asked = new URL(url).searchParams;
      const { port } = new URL(asked.get('redirect_uri') ?? '');
      request({ host: '127.0.0.1', port, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
        .end(new URLSearchParams({ code: 'CODE-SECRET-1', state: asked.get('state') ?? '' }).toString());
      await done;
    }
    expect(s.stderr()).toContain('Continue in your browser.');
    expect(s.stderr().match(/Couldn't open a browser/g)).toHaveLength(1);
  });

  it('prints no secret, with --debug and whatever the service answers', async () => {
    for (const answer of [
      tokens(), refusal('authorization_declined'), refusal('expired_token', 70019), refusal('invalid_grant', 53003), refusal('invalid_client', 7000218),
      refusal('server_error', undefined, 500), { status: 200, body: '<html>' }, { status: 400, body: { error: 'odd', error_description: 'odd' } },
    ]) {
      s.service.script(refusal('authorization_pending'), refusal('slow_down'), answer);
      const error: unknown = await runLogin(s.command({ settings: { debug: true } }), {}).then(() => undefined, (thrown: unknown) => thrown);
      let chain = '';
      for (let cause = error; cause instanceof Error; cause = cause.cause) chain += `${cause.message}\n${cause.stack ?? ''}\n${JSON.stringify(cause)}\n`;
      const shown = s.stderr() + s.stdout() + chain;
      for (const secret of [SECRETS.deviceCode, SECRETS.access(1), SECRETS.refresh(1), s.vault.secret ?? 'KEY']) expect(shown).not.toContain(secret);
    }
    expect(s.stderr()).toContain('debug: POST https://login.test/common/oauth2/v2.0/token: 400 slow_down');
  });
});

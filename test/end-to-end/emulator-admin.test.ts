import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMIN_COMMANDS } from '../../src/emulator/admin/commands.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';

let running: RunningEmulator;
afterEach(() => running.close());

describe('the admin routes', () => {
  beforeEach(async () => {
    running = await runEmulator();
  });

  it('do not exist unless enabled', async () => {
    await running.close();
    running = await runEmulator({ admin: false });
    expect((await running.admin('state')).status).toBe(404);
    expect((await running.send('/admin')).status).toBe(404);
  });

  it('need a header that a page cannot send to another origin', async () => {
    const answer = await running.send('/admin/token', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('access_token');
  });

  it('take POST only, except for the help', async () => {
    expect((await running.send('/admin/state', { headers: { 'x-emulator-admin': '1' } })).status).toBe(404);
    const help = await running.send('/admin');
    for (const name of Object.keys(ADMIN_COMMANDS)) expect(help.text).toContain(`POST /admin/${name} `);
    expect(help.text).toContain(`curl --cacert '${running.emulator.caFile}' -X POST`);
  });

  it.each([
    ['drop', { how: 'softly' }, '"how"'],
    ['drop', { how: 1005 }, '"how"'],
    ['fail', {}, '"status"'],
    ['fail', { status: 200 }, '"status"'],
    ['fail', { status: 503, count: -1 }, '"count"'],
    ['fail', { status: 503, retryAfter: true }, '"retryAfter"'],
    ['fail', { status: 503, retry: 1 }, 'Unknown field: retry'],
    ['approve', {}, '"userCode" is required'],
    ['quirks', { emptyFirst: 'yes' }, '"emptyFirst"'],
    ['quirks', { repeats: 'often' }, '"repeats"'],
    ['token', { scopes: 'Files.Read' }, '"scopes"'],
    ['gone', { code: 'lost' }, '"code"'],
  ])('reject %s %j, say what is wrong, and do nothing', async (command, body, message) => {
    const answer = await running.admin(command, body);
    expect(answer.status).toBe(400);
    expect(answer.string('error')).toContain(message);
    expect(running.emulator.admin.state().faultsArmed).toBe(0);
  });

  it.each(['not json', '[]', '"text"'])('refuse the body %s', async (body) => {
    const answer = await running.send('/admin/state', { method: 'POST', headers: { 'x-emulator-admin': '1' }, body });
    expect(answer.status).toBe(400);
  });

  it.each(['nonsense', 'constructor', '__proto__'])('have no command %s', async (command) => {
    expect((await running.admin(command)).status).toBe(404);
  });

  it('report the state, which contains no token', async () => {
    const endpoint = await running.graph('/v1.0/me/drive/root/subscriptions/socketIo');
    const state = await running.admin('state');
    expect(state.json).toMatchObject({ sockets: 0, notificationsSent: 0, bearersSeen: 0, items: 1, faultsArmed: 0 });
    expect(state.at('endpoints', 0)).toEqual({
      id: endpoint.json.id,
      driveId: running.emulator.drive.id,
      sockets: 0,
      expirationDateTime: expect.any(String),
    });
    expect(state.text).not.toContain(new URL(endpoint.string('notificationUrl')).searchParams.get('token'));
  });

  it('issue tokens for a user or an application, with any scopes', async () => {
    const grace = await running.admin('token', { user: 'grace@example.com', scopes: ['Files.Read'] });
    const drive = await running.graph('/v1.0/me/drive', { authorization: `Bearer ${grace.string('access_token')}` });
    expect(drive.at('owner', 'user', 'email')).toBe('grace@example.com');
    const application = await running.admin('token', { appOnly: true });
    const me = await running.graph('/v1.0/me', { authorization: `Bearer ${application.string('access_token')}` });
    expect(me.status).toBe(400);
  });

  it('change the pace of what begins from now on', async () => {
    await running.admin('pace', { lifetimeMs: 90_000, tokenLifetimeMs: 1000 });
    const endpoint = await running.graph('/v1.0/me/drive/root/subscriptions/socketIo');
    expect(Date.parse(endpoint.string('expirationDateTime')) - Date.now()).toBeLessThanOrEqual(90_000);
    expect((await running.admin('state')).at('pace', 'tokenLifetimeMs')).toBe(1000);
  });

  it('set another author for future changes', async () => {
    await running.admin('author', { user: 'grace@example.com', applicationId: 'my-app', applicationName: 'Mine' });
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${running.folder}/by-grace.txt`, '');
    await running.admin('rescan');
    const item = await running.graph('/v1.0/me/drive/root:/by-grace.txt');
    expect(item.at('lastModifiedBy')).toMatchObject({ user: { email: 'grace@example.com' }, application: { id: 'my-app', displayName: 'Mine' } });
  });
});

describe('a fault for the next requests', () => {
  /** Resolves when the requests under way have arrived and met their faults. */
  const faultsMet = async (): Promise<void> => {
    while (running.emulator.admin.state().faultsArmed > 0) await running.admin('state');
  };
  beforeEach(async () => {
    running = await runEmulator();
  });

  it.each([
    [429, 'activityLimitReached'],
    [503, 'serviceNotAvailable'],
    [401, 'InvalidAuthenticationToken'],
    [403, 'accessDenied'],
    [404, 'itemNotFound'],
    [400, 'notSupported'],
    [500, 'generalException'],
    [504, 'gatewayTimeout'],
    [509, 'bandwidthLimitExceeded'],
  ])('answers %d as Graph does: %s', async (status, code) => {
    await running.admin('fail', { status, retryAfter: 7 });
    const answer = await running.graph('/v1.0/me');
    expect([answer.status, answer.at('error', 'code'), answer.headers['retry-after']]).toEqual([status, code, '7']);
    expect(answer.at('error', 'innerError', 'request-id')).toBe(answer.headers['request-id']);
    expect((await running.graph('/v1.0/me')).status).toBe(200);
  });

  it('can have any code and message, and a date to retry after', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    await running.admin('fail', { status: 503, code: 'custom', message: 'Why not', retryAfter: date });
    const answer = await running.graph('/v1.0/me');
    expect(answer.json).toMatchObject({ error: { code: 'custom', message: 'Why not' } });
    expect(answer.headers['retry-after']).toBe(date);
  });

  it('hits the given paths as often as it should, and never the admin routes', async () => {
    await running.admin('fail', { status: 503, count: 2, pathPrefix: '/v1.0/me/drive/root/delta' });
    expect((await running.graph('/v1.0/me')).status).toBe(200);
    expect((await running.graph('/v1.0/me/drive/root/delta?token=latest')).status).toBe(503);
    await running.admin('fail', { status: 500, count: 100 });
    expect((await running.admin('state')).at('faultsArmed')).toBe(2);
    expect((await running.graph('/v1.0/me/drive/root/delta')).status).toBe(503);
    expect((await running.graph('/v1.0/me/drive/root/delta')).status).toBe(500);
    await running.admin('clear');
    expect((await running.graph('/v1.0/me/drive/root/delta')).status).toBe(200);
  });

  it('has the sign-in service\'s own shape on sign-in paths', async () => {
    await running.admin('fail', { status: 400, code: 'invalid_grant', aadsts: 53003, pathPrefix: '/common/oauth2' });
    const answer = await running.form('/common/oauth2/v2.0/token', {});
    expect(answer.json).toMatchObject({ error: 'invalid_grant', error_codes: [53003] });
    expect(answer.string('error_description')).toMatch(/^AADSTS53003: /);
  });

  it('can leave a request hanging until the client gives up', async () => {
    await running.admin('hang', { count: 1 });
    const giveUp = new AbortController();
    const hanging = running.send('/v1.0/me', { signal: giveUp.signal });
    await faultsMet();
    giveUp.abort();
    await expect(hanging).rejects.toThrow('aborted');
  });

  it('can cut a request\'s connection', async () => {
    await running.admin('cut');
    await expect(running.graph('/v1.0/me')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await running.graph('/v1.0/me')).status).toBe(200);
  });

  it('can delay a request by the clock', async () => {
    await running.close();
    const clock = steppedClock();
    running = await runEmulator({ clock });
    const waitingBefore = clock.waiting;
    await running.admin('delay', { ms: 30_000 });
    const delayed = running.graph('/v1.0/me');
    while (clock.waiting === waitingBefore) await running.admin('state');
    clock.step(30_000);
    expect((await delayed).status).toBe(200);
  });

  it('does not keep the emulator from closing while requests hang', async () => {
    await running.admin('hang');
    const hanging = running.graph('/v1.0/me');
    const outcome = expect(hanging).rejects.toMatchObject({ code: 'ECONNRESET' });
    await faultsMet();
    await running.emulator.close();
    await outcome;
  });
});

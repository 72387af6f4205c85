import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';

const ALL = ['Files.Read.All', 'Sites.Read.All', 'User.Read', 'Team.ReadBasic.All', 'Channel.ReadBasic.All'];
const QUESTION = 'What do you want to watch?';

let drive: EmulatedDrive;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(() => drive.close());

/** A person at a terminal, whose keys are written to stdin. */
function atTerminal({ scopes = ALL, env = {}, tty = { stdin: true, stdout: true, stderr: true } }: { scopes?: readonly string[]; env?: Record<string, string>; tty?: Record<string, boolean> } = {}): FakeSurroundings & { raw: boolean[]; type(keys: string): void } {
  const s = fakeSurroundings({ env: { ...drive.env, GRAPH_WATCH_TOKEN: drive.running.emulator.admin.issueToken({ scopes }), ...env }, tty });
  const raw: boolean[] = [];
  Object.assign(s.stdin, { setRawMode: (mode: boolean) => { raw.push(mode); } });
  return Object.assign(s, { raw, type: (keys: string) => { (s.stdin as unknown as NodeJS.WritableStream).write(keys); } });
}

describe('watch without a target, at a terminal', () => {
  it('lets the user choose by typing, shows the command line for the next time, and watches', async () => {
    const s = atTerminal();
    const done = main(['watch', '--changes', '-n', '1', '-t', '20s', '--', 'true'], s);
    await s.stderr.until(QUESTION);
    s.type('spec');
    await s.stderr.until('(1 match)');
    s.type('\r');
    await Promise.race([s.stdout.until('waiting for changes'), s.stderr.until('waiting for changes'), done]);
    writeFileSync(join(drive.running.folder, 'new.txt'), 'x');
    expect(await done).toBe(0);
    expect(stripVTControlCharacters(s.stderr.text)).toMatch(/^Next time:\ngraph-watch watch 'drive:b![\w-]+' --changes -n 1 -t 20s -- true$/m);
    expect(s.stdout.text).toContain('/new.txt');
    expect([s.raw[0], s.raw.at(-1)]).toEqual([true, false]);
  });

  it('repeats no secret in that command line', async () => {
    const s = atTerminal();
    const done = main(['watch', '--forward-header', 'X-Key: PASSWORD-secret', '--forward-header=X-Key: PASSWORD-secret', '--forward', 'http://127.0.0.1:9/PASSWORD-secret', '--nats', 'ada:PASSWORD-secret@127.0.0.1:9'], s);
    await s.stderr.until(QUESTION);
    s.type('\r');
    await s.stderr.until('Next time:');
    s.raise('SIGTERM');
    expect(await done).toBe(143);
    expect(s.stderr.text).toContain('Next time:\ngraph-watch watch me --forward-header \'…\' \'--forward-header=…\' --forward \'http://127.0.0.1:9/…\' --nats \'…\'\n');
    expect(s.stderr.text).not.toContain('PASSWORD-secret');
  });

  it.each([
    ['--serve on every interface', ['--serve', '0.0.0.0:0'], { GRAPH_WATCH_SERVE_TOKEN: 'a-token-for-readers' }],
    ['--nats-creds', ['--nats-creds', 'nobody.creds'], { NATS_URL: 'nats://127.0.0.1:9' }],
  ])('takes from the environment what %s needs', async (_what, flags, env) => {
    const s = atTerminal({ env });
    const done = main(['watch', ...flags], s);
    await Promise.race([s.stderr.until(QUESTION), done]);
    s.type('\u0003');
    expect([await done, s.stderr.text.includes('error')]).toEqual([130, false]);
  });

  it('draws the list on stderr, one drive per line, and nothing on stdout', async () => {
    const s = atTerminal();
    const done = main(['watch'], s);
    await s.stderr.until('to search');
    const shown = stripVTControlCharacters(s.stderr.text);
    for (const name of ['OneDrive · Ada Lovelace (yours)', 'Documents · Engineering (team)', 'Leads · Engineering (channel)', 'Specifications · Engineering (library)']) expect(shown).toContain(name);
    expect(s.stdout.text).toBe('');
    s.raise('SIGTERM');
    expect(await done).toBe(143);
  });

  it.each([['Ctrl-C', '\u0003'], ['Escape', '\u001b']])('exits with 130 on %s, and restores the terminal', async (_name, key) => {
    const s = atTerminal();
    const done = main(['watch', '--changes'], s);
    await s.stderr.until(QUESTION);
    s.type(key);
    expect([await done, s.stdout.text, s.raw.at(-1)]).toEqual([130, '', false]);
    expect(s.stderr.text).not.toContain('error');
  });

  it('uses no color with NO_COLOR', async () => {
    const s = atTerminal({ env: { NO_COLOR: '1' } });
    const done = main(['watch'], s);
    await s.stderr.until('to search');
    s.type('\u0003');
    await done;
    expect(s.stderr.text.split('\u001b').slice(1).filter((code) => /^\[[\d;]*m/.test(code))).toEqual([]);
  });

  it('reports what is missing before it asks', async () => {
    const s = atTerminal({ scopes: ['Files.Read'] });
    const done = main(['watch'], s);
    await s.stderr.until(QUESTION);
    expect(s.stderr.text.indexOf('Not listed')).toBeLessThan(s.stderr.text.indexOf(QUESTION));
    s.type('\u0003');
    expect(await done).toBe(130);
  });

  it.each([
    ['an invalid option', ['watch', '--changes', '--since', 'yesterday'], 'neither a time nor a duration'],
    ['an invalid target', ['watch', 'you'], '"you" is not a valid target'],
  ])('does not ask if there is %s', async (_what, argv, message) => {
    const s = atTerminal();
    expect(await main(argv, s)).toBe(2);
    expect(s.stderr.text).toContain(message);
    expect(s.stderr.text).not.toContain(QUESTION);
  });

  it('prints help if requested', async () => {
    const s = atTerminal();
    expect(await main(['watch', '--help'], s)).toBe(0);
    expect(s.stdout.text).toMatch(/^Usage: graph-watch watch \[options\] \[command\]/);
    expect(s.stdout.text).not.toMatch(/^ +choose/m);
  });
});

it.each([
  ['stdin', { stdout: true, stderr: true }, {}], ['stdout', { stdin: true, stderr: true }, {}], ['stderr', { stdin: true, stdout: true }, {}], ['nothing, in CI,', { stdin: true, stdout: true, stderr: true }, { CI: 'true' }],
] as const)('watch without a target is a usage error if %s is not a terminal', async (_which, tty, env) => {
  const s = atTerminal({ tty, env });
  expect([await main(['watch'], s), s.stdout.text, s.raw]).toEqual([2, '', []]);
  expect(s.stderr.text).toContain('error: Missing command.');
});

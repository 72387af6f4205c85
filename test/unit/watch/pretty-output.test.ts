import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeEvent, WatchEvent } from '../../../src/events.ts';
import type { WatchOptions } from '../../../src/watch/options/watch-options.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';
import { change, checkpoint, sessionScene } from '../../support/session-scene.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

const TTY = { stdin: true, stdout: true, stderr: true };

/** A watch on a terminal that somebody looks at, unless `env` or `tty` say otherwise. */
function start({ env = {}, tty = TTY, name, args = {}, ...options }: Partial<WatchOptions> & { env?: Record<string, string>; tty?: object; name?: () => Promise<string | undefined>; args?: object } = {}) {
  const clock = steppedClock();
  const surroundings = fakeSurroundings({ tty, env: { NO_COLOR: '1', ...env }, clock });
  let asked = 0;
  const scene = sessionScene({ output: 'pretty', ...options }, { clock, surroundings, flags: args, name: () => { asked += 1; return name?.() ?? Promise.resolve('Ada\'s OneDrive'); } });
  return { ...scene, clock, asked: () => asked, stdout: surroundings.stdout, stderr: surroundings.stderr };
}

// Jest cannot load two modules at the same time that import the same third one.
beforeAll(async () => {
  await import('ora');
  await import('../../../src/output/bursts.ts');
  await import('../../../src/output/fit.ts');
});

const many = (count: number): (WatchEvent & ChangeEvent)[] => Array.from({ length: count }, (_, index) => change(`${index}.jpg`));
const READY: WatchEvent = { type: 'ready', time: 0, target: 'me' };
const notification: WatchEvent = { type: 'notification', time: 0, target: 'me', data: { resource: '7d20c4be' } };

describe('a burst of changes', () => {
  it('is one line on a terminal that somebody looks at', async () => {
    const { put, end, done, stdout } = start();
    put(...many(12));
    await stdout.until('\n');
    end();
    expect(await done).toBe(0);
    expect(stdout.lines).toEqual([expect.stringMatching(/ {2}created .* 12 files in \/$/)]);
  });

  it.each([
    ['a pipe', { tty: {} }], ['a pipe that takes NDJSON', { tty: {}, output: 'ndjson' as const }], ['NDJSON on a terminal', { output: 'ndjson' as const }],
    ['CI', { env: { CI: '1' } }], ['a terminal with a program behind stdout', { tty: { stderr: true } }],
  ])('is one line per change in %s', async (_where, options) => {
    const { put, end, done, stdout } = start(options);
    put(...many(12));
    end();
    expect(await done).toBe(0);
    expect(stdout.lines).toHaveLength(12);
  });

  it('is one line per change if an action runs for each, so that its output follows its line', async () => {
    const { put, end, done, stdout } = start({ onEvent: () => undefined });
    put(...many(12));
    end();
    expect(await done).toBe(0);
    expect(stdout.lines).toHaveLength(12);
  });

  it('counts each change for --count, and is written when that ends the watch', async () => {
    const { put, done, settled, stdout, stderr } = start({ count: 7 });
    const events = many(12);
    put(...events);
    expect(await done).toBe(0);
    expect(stdout.text).toContain('7 files in /');
    expect(stderr.text).toContain('reached --count 7');
    expect(settled).toEqual([events[6]]);
  });

  it('is written before a position moves past it', async () => {
    const { put, end, done, stdout } = start();
    let before = '';
    put(...many(6), checkpoint(() => { before = stdout.text; }));
    end();
    expect(await done).toBe(0);
    expect(before).toContain('6 files in /');
  });

  it('is written when Ctrl-C ends the watch', async () => {
    const { put, done, surroundings, stdout } = start();
    put(change('first'));
    await stdout.until('/first');
    put(...many(6));
    surroundings.raise('SIGINT');
    expect(await done).toBe(130);
    expect(stdout.lines).toHaveLength(2);
    expect(stdout.text).toContain('6 files in /');
  });

  it('does not count as read before the terminal has taken its line', async () => {
    const { put, clock, done, settled, surroundings, stdout, stderr } = start();
    stdout.stall();
    put(...many(6));
    await settle();
    surroundings.raise('SIGINT');
    await clock.advance(10_000);
    expect(await done).toBe(130);
    expect(settled).toEqual([]);
    expect(stderr.text).toContain('did not read 6 of 6 events');
  });
});

describe('the name of a drive', () => {
  it('is shown with ready once Graph has returned it', async () => {
    const { put, end, done, stderr, asked } = start();
    put(READY);
    await stderr.until('Watching Ada\'s OneDrive; waiting for changes');
    put({ ...READY }, notification);
    end();
    expect(await done).toBe(0);
    expect(asked()).toBe(1);
  });

  it('is the target if Graph is slow, and nothing else waits for it', async () => {
    const { put, end, clock, done, stdout, stderr } = start({ name: () => new Promise(() => undefined) });
    put(READY, change('a'));
    await stdout.until('/a');
    expect(stderr.text).toContain('Watching me; waiting');
    await clock.advance(1_000);
    end();
    expect(await done).toBe(0);
    expect(stderr.text.match(/Watching/g)).toHaveLength(1);
  });

  it('is waited for at most half a second', async () => {
    const { put, end, clock, done, stderr } = start({ name: () => new Promise(() => undefined) });
    put(READY);
    await clock.advance(499);
    expect(stderr.text).not.toContain('Watching');
    await clock.advance(1);
    expect(stderr.text).toContain('Watching me; waiting');
    end();
    expect(await done).toBe(0);
  });

  it('is the target if Graph refuses, and the watch continues', async () => {
    const { put, end, done, stderr } = start({ name: () => Promise.reject(new Error('403')) });
    put(READY);
    await stderr.until('Watching me; waiting');
    end();
    expect(await done).toBe(0);
  });

  it.each([
    ['with --quiet', { args: { quiet: true } }], ['in a pipe', { tty: {} }], ['in CI', { env: { CI: 'true' } }], ['with NDJSON', { output: 'ndjson' as const, tty: {} }],
  ])('is not requested %s', async (_when, options) => {
    const { put, end, done, asked } = start(options);
    put(READY);
    end();
    expect(await done).toBe(0);
    expect(asked()).toBe(0);
  });
});

describe('several drives', () => {
  it('have their own column, and their names are not requested', async () => {
    const { put, end, done, stderr, asked } = start({ many: true });
    put({ ...READY, target: `drive:b!${'x'.repeat(60)}` }, { ...READY, label: 'mine' });
    await stderr.until('mine');
    end();
    expect(await done).toBe(0);
    expect(stderr.text).toContain(`  drive:b!${'x'.repeat(15)}…  ready     Watching drive`);
    expect(stderr.text).toContain(`  mine${' '.repeat(20)}  ready     Watching mine`);
    expect(asked()).toBe(0);
  });
});

describe('a notification on a terminal', () => {
  it('shows whose drive it is, and once how to see more', async () => {
    const { put, end, done, stdout, stderr } = start({ changes: undefined });
    put(READY);
    await stderr.until('Watching Ada');
    put(notification, notification);
    end();
    expect(await done).toBe(0);
    expect(stdout.lines.map((line) => line.slice('1970-01-01  '.length))).toEqual(['notification  Ada\'s OneDrive changed', 'notification  Ada\'s OneDrive changed']);
    expect(stderr.text.match(/--changes does/g)).toHaveLength(1);
  });

  it('has no such advice in a pipe, or if changes are shown already', async () => {
    for (const options of [{ changes: undefined, tty: {} }, {}]) {
      const { put, end, done, stderr } = start(options);
      put(notification);
      end();
      expect(await done).toBe(0);
      expect(stderr.text).not.toContain('--changes');
    }
  });
});

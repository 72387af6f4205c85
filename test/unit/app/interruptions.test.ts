import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { Interruption, interruptions } from '../../../src/app/interruptions.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

describe('interruptions', () => {
  it.each([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('abort with %s as exit code %i', (name, code) => {
    const s = fakeSurroundings();
    const { signal } = interruptions(s, () => undefined);
    expect(signal.aborted).toBe(false);
    s.raise(name);
    expect(signal.reason).toBeInstanceOf(Interruption);
    expect(signal.reason).toMatchObject({ exitCode: code, message: `stopped by ${name}` });
    expect(s.exits).toEqual([]);
  });

  it.each([
    ['SIGINT', { stdin: true, stderr: true }, '\r'],
    ['SIGINT', { stdin: true, stderr: false }, ''],
    ['SIGINT', { stdin: false, stderr: true }, ''],
    ['SIGTERM', { stdin: true, stderr: true }, ''],
  ] as const)('on %s with %j keep ^C off the next line', (name, tty, written) => {
    const s = fakeSurroundings({ tty });
    interruptions(s, () => undefined);
    s.raise(name);
    expect(s.stderr.text).toBe(written);
  });

  it('end the process at once the second time, with the second signal\'s code', () => {
    const s = fakeSurroundings();
    const { signal } = interruptions(s, () => undefined);
    s.raise('SIGINT');
    s.raise('SIGTERM');
    expect(s.exits).toEqual([143]);
    expect(signal.reason).toMatchObject({ exitCode: 130 });
  });

  it('run all registered cleanups first, even if one fails, except those that were withdrawn', () => {
    const s = fakeSurroundings();
    const { onAbruptExit } = interruptions(s, () => undefined);
    const done: string[] = [];
    onAbruptExit(() => { throw new Error('a disk that is gone'); });
    onAbruptExit(() => { done.push(`kept, ${s.exits.length} exits`); });
    onAbruptExit(() => { done.push('withdrawn'); })();
    s.raise('SIGINT');
    expect(done).toEqual([]);
    s.raise('SIGINT');
    expect([done, s.exits]).toEqual([['kept, 0 exits'], [130]]);
  });

  it('pass a hangup to a registered listener only, as long as there is one', () => {
    const s = fakeSurroundings();
    const { signal, onHangup } = interruptions(s, () => undefined);
    let hangups = 0;
    const release = onHangup(() => { hangups += 1; });
    s.raise('SIGHUP');
    expect([hangups, signal.aborted]).toEqual([1, false]);
    release();
    s.raise('SIGHUP');
    expect([hangups, signal.aborted]).toEqual([1, true]);
  });

  it.each(['stdin', 'stderr'] as const)('end the watch on a hangup once the terminal behind %s is closed, despite a listener', (name) => {
    const s = fakeSurroundings({ tty: { [name]: true } });
    const { signal, onHangup } = interruptions(s, () => undefined);
    let hangups = 0;
    onHangup(() => { hangups += 1; });
    s.raise('SIGHUP');
    expect([hangups, signal.aborted]).toEqual([1, false]);
    // What a closed terminal leaves behind: an open descriptor without a terminal.
    const fd = openSync(devNull, 'r');
    Object.assign(s[name], { fd });
    s.raise('SIGHUP');
    closeSync(fd);
    expect([hangups, signal.reason]).toEqual([1, expect.objectContaining({ exitCode: 129 })]);
  });

  it('end the watch on the first uncaught error, whatever was thrown', () => {
    const s = fakeSurroundings();
    const log: string[] = [];
    const interrupted = interruptions(s, ({ message }) => { log.push(message); });
    s.fault(Object.create(null));
    s.fault(new Error('a second one'));
    expect(interrupted.fault).toMatchObject({ category: 'internal', message: 'something was thrown that is not an error' });
    expect(interrupted.signal.reason).toBe(interrupted.fault);
    interrupted.release();
    expect([log, s.exits]).toEqual([[], []]);
  });

  it('do not wait forever after an uncaught error, and exit at once if one comes after the end', async () => {
    const clock = steppedClock();
    const s = fakeSurroundings({ clock });
    const log: string[] = [];
    interruptions(s, ({ message }) => { log.push(`stuck: ${message}`); }).onAbruptExit(() => { log.push('cleaned up'); });
    s.fault(new Error('boom'));
    await clock.advance(4_999);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect([log, s.exits]).toEqual([['cleaned up', 'stuck: boom'], [1]]);

    const late = fakeSurroundings();
    const { release } = interruptions(late, ({ message }) => { log.push(`late: ${message}`); });
    release();
    late.fault('a string');
    expect([log.at(-1), late.exits]).toEqual(['late: a string', [1]]);
  });

  it('remove their listeners', () => {
    const s = fakeSurroundings();
    const { release } = interruptions(s, () => undefined);
    expect(s.signalListeners).toBe(3);
    release();
    expect(s.signalListeners).toBe(0);
  });
});

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
  ] as const)('with %s at %j leave the next line no ^C in front of it', (name, tty, written) => {
    const s = fakeSurroundings({ tty });
    interruptions(s, () => undefined);
    s.raise(name);
    expect(s.stderr.text).toBe(written);
  });

  it('end the process at once the second time, with the code of that time', () => {
    const s = fakeSurroundings();
    const { signal } = interruptions(s, () => undefined);
    s.raise('SIGINT');
    s.raise('SIGTERM');
    expect(s.exits).toEqual([143]);
    expect(signal.reason).toMatchObject({ exitCode: 130 });
  });

  it('first do what was registered for that, whatever part of it fails, and not what was taken back', () => {
    const s = fakeSurroundings();
    const { onAbruptExit } = interruptions(s, () => undefined);
    const done: string[] = [];
    onAbruptExit(() => { throw new Error('a disk that is gone'); });
    onAbruptExit(() => { done.push(`kept, ${s.exits.length} exits`); });
    onAbruptExit(() => { done.push('taken back'); })();
    s.raise('SIGINT');
    expect(done).toEqual([]);
    s.raise('SIGINT');
    expect([done, s.exits]).toEqual([['kept, 0 exits'], [130]]);
  });

  it('leave a hangup to whoever listens for it, as long as it does', () => {
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

  it.each(['stdin', 'stderr'] as const)('take a hangup for the end once the terminal behind %s has gone, whoever listens', (name) => {
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

  it('take a fault that nobody caught for the end, the first only, whatever was thrown', () => {
    const s = fakeSurroundings();
    const told: string[] = [];
    const interrupted = interruptions(s, ({ message }) => { told.push(message); });
    s.fault(Object.create(null));
    s.fault(new Error('a second one'));
    expect(interrupted.fault).toMatchObject({ category: 'internal', message: 'something was thrown that is not an error' });
    expect(interrupted.signal.reason).toBe(interrupted.fault);
    interrupted.release();
    expect([told, s.exits]).toEqual([[], []]);
  });

  it('do not wait forever for what cannot end after a fault, and end at once on one that comes after all else', async () => {
    const clock = steppedClock();
    const s = fakeSurroundings({ clock });
    const told: string[] = [];
    interruptions(s, ({ message }) => { told.push(`stuck: ${message}`); }).onAbruptExit(() => { told.push('cleaned up'); });
    s.fault(new Error('boom'));
    await clock.advance(4_999);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect([told, s.exits]).toEqual([['cleaned up', 'stuck: boom'], [1]]);

    const late = fakeSurroundings();
    const { release } = interruptions(late, ({ message }) => { told.push(`late: ${message}`); });
    release();
    late.fault('a string');
    expect([told.at(-1), late.exits]).toEqual(['late: a string', [1]]);
  });

  it('give their listeners back', () => {
    const s = fakeSurroundings();
    const { release } = interruptions(s, () => undefined);
    expect(s.signalListeners).toBe(3);
    release();
    expect(s.signalListeners).toBe(0);
  });
});

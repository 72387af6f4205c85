import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { Interruption, interruptions } from '../../../src/app/interruptions.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';

describe('interruptions', () => {
  it.each([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('abort with %s as exit code %i', (name, code) => {
    const s = fakeSurroundings();
    const { signal } = interruptions(s);
    expect(signal.aborted).toBe(false);
    s.raise(name);
    expect(signal.reason).toBeInstanceOf(Interruption);
    expect(signal.reason).toMatchObject({ exitCode: code, message: `interrupted by ${name}` });
    expect(s.exits).toEqual([]);
  });

  it('end the process at once the second time, with the code of that time', () => {
    const s = fakeSurroundings();
    const { signal } = interruptions(s);
    s.raise('SIGINT');
    s.raise('SIGTERM');
    expect(s.exits).toEqual([143]);
    expect(signal.reason).toMatchObject({ exitCode: 130 });
  });

  it('first do what was registered for that, whatever part of it fails, and not what was taken back', () => {
    const s = fakeSurroundings();
    const { onAbruptExit } = interruptions(s);
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
    const { signal, onHangup } = interruptions(s);
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
    const { signal, onHangup } = interruptions(s);
    let hangups = 0;
    onHangup(() => { hangups += 1; });
    s.raise('SIGHUP');
    expect([hangups, signal.aborted]).toEqual([1, false]);
    // What a terminal that has gone leaves behind: a descriptor that is open, and no terminal.
    const fd = openSync(devNull, 'r');
    Object.assign(s[name], { fd });
    s.raise('SIGHUP');
    closeSync(fd);
    expect([hangups, signal.reason]).toEqual([1, expect.objectContaining({ exitCode: 129 })]);
  });

  it('give their listeners back', () => {
    const s = fakeSurroundings();
    const { release } = interruptions(s);
    expect(s.signalListeners).toBe(3);
    release();
    expect(s.signalListeners).toBe(0);
  });
});

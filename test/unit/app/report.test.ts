import { describe, expect, it } from '@jest/globals';
import { report } from '../../../src/app/report.ts';
import { usageError, WatchError, type ErrorCategory } from '../../../src/errors.ts';
import { createPeople } from '../../../src/output/people.ts';
import { createRedactor } from '../../../src/lib/redactor.ts';
import { FakeOutput } from '../../support/fake-output.ts';

function told(thrown: unknown, { debug = false, quiet = false, cloud }: { debug?: boolean; quiet?: boolean; cloud?: string } = {}): { code: number; lines: string[] } {
  const stderr = new FakeOutput();
  const redactor = createRedactor();
  redactor.add('registered-secret');
  const code = report(thrown, createPeople({ stderr, redactor, quiet, debug, color: false }), { debug, cloud });
  return { code, lines: stderr.lines };
}

describe('an error', () => {
  it.each<[ErrorCategory, number]>([['internal', 1], ['usage', 2], ['auth', 3], ['network', 4], ['refused', 5], ['action', 6]])('of the category %s ends with %i', (category, code) => {
    expect(told(new WatchError(category, 'no')).code).toBe(code);
  });

  it('is one to three lines: what failed, the request id, what to do next', () => {
    expect(told(usageError('wrong')).lines).toEqual(['error: wrong']);
    expect(told(new WatchError('refused', 'no', { requestId: 'r-1', hint: 'Ask.' })).lines).toEqual(['error: no', 'request-id: r-1', 'Ask.']);
  });

  it('advises to sign in at the cloud that the command line named', () => {
    const error = new WatchError('auth', 'no', { hint: 'Run graph-watch login; or try graph-watch login --browser.' });
    expect(told(error, { cloud: 'emulator' }).lines[1]).toBe('Run graph-watch --cloud emulator login; or try graph-watch --cloud emulator login --browser.');
    expect(told(error).lines[1]).toBe('Run graph-watch login; or try graph-watch login --browser.');
  });

  it('is reported with --quiet too', () => {
    expect(told(usageError('wrong'), { quiet: true }).lines).toEqual(['error: wrong']);
  });

  it('that is none of ours is a bug', () => {
    expect(told(new TypeError('x is not a function'))).toEqual({ code: 1, lines: ['graph-watch failed unexpectedly: x is not a function', 'This is a bug; --debug shows where.'] });
    expect(told('thrown text').lines[0]).toBe('graph-watch failed unexpectedly: thrown text');
    expect(told(undefined).code).toBe(1);
  });

  it('that has advice is none of our bugs', () => {
    expect(told(new WatchError('internal', 'the disk is full', { hint: 'Make room.' })).lines).toEqual(['error: the disk is full', 'Make room.']);
  });

  it('shows where it comes from with --debug only, causes included', () => {
    const error = new WatchError('network', 'outer', { cause: new Error('inner') });
    expect(told(error).lines).toHaveLength(1);
    const { lines } = told(error, { debug: true });
    expect(lines.filter((line) => /^\s+at /.test(line)).length).toBeGreaterThan(1);
    expect(lines).toContain('caused by: Error: inner');
  });

  it('lets neither secrets nor control characters through, in its stack neither', () => {
    const error = new WatchError('network', 'a registered-secret \u001b[2J\nand a line', { requestId: 'r\u0007', hint: 'b\u202e', cause: new Error('Bearer abcdefghij \u009b') });
    const { lines } = told(error, { debug: true });
    expect(lines.join('')).not.toMatch(/registered-secret|abcdefghij|\p{Cc}|\u202e/u);
    expect(lines[0]).toBe('error: a [redacted] \\x1b[2J\\nand a line');
  });
});

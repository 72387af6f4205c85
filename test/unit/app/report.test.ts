import { describe, expect, it } from '@jest/globals';
import { report } from '../../../src/app/report.ts';
import { usageError, WatchError, type ErrorCategory } from '../../../src/errors.ts';
import { createPeople } from '../../../src/output/people.ts';
import { createRedactor } from '../../../src/lib/redactor.ts';
import { FakeOutput } from '../../support/fake-output.ts';

function reported(thrown: unknown, { debug = false, quiet = false, cloud }: { debug?: boolean; quiet?: boolean; cloud?: string } = {}): { code: number; lines: string[] } {
  const stderr = new FakeOutput();
  const redactor = createRedactor();
  redactor.add('registered-secret');
  const code = report(thrown, createPeople({ stderr, redactor, quiet, debug, color: false }), { debug, cloud });
  return { code, lines: stderr.lines };
}

describe('an error', () => {
  it.each<[ErrorCategory, number]>([['internal', 1], ['usage', 2], ['auth', 3], ['network', 4], ['refused', 5], ['action', 6]])('of category %s has exit code %i', (category, code) => {
    expect(reported(new WatchError(category, 'no')).code).toBe(code);
  });

  it('is one to three lines: what failed, the request id, what to do next', () => {
    expect(reported(usageError('wrong')).lines).toEqual(['error: wrong']);
    expect(reported(new WatchError('refused', 'no', { requestId: 'r-1', hint: 'Ask.' })).lines).toEqual(['error: no', 'request-id: r-1', 'Ask.']);
  });

  it('advises to sign in to the cloud that the command line named', () => {
    const error = new WatchError('auth', 'no', { hint: 'Run graph-watch login; or try graph-watch login --browser.' });
    expect(reported(error, { cloud: 'emulator' }).lines[1]).toBe('Run graph-watch --cloud emulator login; or try graph-watch --cloud emulator login --browser.');
    expect(reported(error).lines[1]).toBe('Run graph-watch login; or try graph-watch login --browser.');
  });

  it('is reported with --quiet too', () => {
    expect(reported(usageError('wrong'), { quiet: true }).lines).toEqual(['error: wrong']);
  });

  it('of an unexpected class is reported as a bug', () => {
    expect(reported(new TypeError('x is not a function'))).toEqual({ code: 1, lines: ['graph-watch failed unexpectedly: x is not a function', 'This is a bug; --debug shows where.'] });
    expect(reported('thrown text').lines[0]).toBe('graph-watch failed unexpectedly: thrown text');
    expect(reported(undefined).code).toBe(1);
  });

  it('with a hint is not reported as a bug', () => {
    expect(reported(new WatchError('internal', 'the disk is full', { hint: 'Make room.' })).lines).toEqual(['error: the disk is full', 'Make room.']);
  });

  it('shows its stack only with --debug, causes included', () => {
    const error = new WatchError('network', 'outer', { cause: new Error('inner') });
    expect(reported(error).lines).toHaveLength(1);
    const { lines } = reported(error, { debug: true });
    expect(lines.filter((line) => /^\s+at /.test(line)).length).toBeGreaterThan(1);
    expect(lines).toContain('caused by: Error: inner');
  });

  it('lets neither secrets nor control characters through, not even in its stack', () => {
    const error = new WatchError('network', 'a registered-secret \u001b[2J\nand a line', { requestId: 'r\u0007', hint: 'b\u202e', cause: new Error('Bearer abcdefghij \u009b') });
    const { lines } = reported(error, { debug: true });
    expect(lines.join('')).not.toMatch(/registered-secret|abcdefghij|\p{Cc}|\u202e/u);
    expect(lines[0]).toBe('error: a [redacted] \\x1b[2J\\nand a line');
  });
});

import { describe, expect, it } from '@jest/globals';
import { Chalk } from 'chalk';
import stringWidth from 'string-width';
import { paragraph, stepLines, wrapped } from '../../../src/doctor/step-lines.ts';
import type { StepResult } from '../../../src/doctor/steps.ts';

const plain = new Chalk({ level: 0 });
const step: StepResult = { step: 'websocket', result: 'failed', ms: 1_234, detail: 'the push host refused the connection: HTTP 403', advice: 'If WebSockets are blocked, use watch --poll 30s instead of a socket.', requestId: null };

describe('a step on the screen', () => {
  it('has its detail beside it at 80 columns', () => {
    expect(stepLines(step, plain, 80)).toBe(
      'failed   websocket        1 s  the push host refused the connection: HTTP 403\n'
      + '                               → If WebSockets are blocked, use watch --poll 30s\n'
      + '                               instead of a socket.\n');
  });

  it('has it below at 40 columns', () => {
    expect(stepLines(step, plain, 40)).toBe(
      'failed   websocket        1 s\n'
      + '  the push host refused the connection:\n'
      + '  HTTP 403\n'
      + '  → If WebSockets are blocked, use watch\n'
      + '  --poll 30s instead of a socket.\n');
  });

  it.each([20, 40, 59, 60, 80, 100, 200])('is never wider than %d columns', (columns) => {
    const long = { ...step, detail: `configuration in /home/${'x'.repeat(150)} and 資料資料資料資料資料資料資料資料資料資料`, advice: null };
    for (const line of (stepLines(long, plain, columns) + paragraph(long.detail, columns)).split('\n').slice(1)) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('lets nothing through that controls the terminal', () => {
    expect(stepLines({ ...step, detail: 'a\u001b[2Jb\nc' }, plain, 80)).toContain('a\\x1b[2Jb\\nc');
  });
});

describe('wrapped', () => {
  it('keeps a number and its unit together, and loses nothing', () => {
    expect(wrapped('pings every 25 s, for 59 m 57 s', 13)).toEqual(['pings every', '25 s, for', '59 m 57 s']);
    expect(wrapped('', 10)).toEqual(['']);
    expect(wrapped('abcdefghijkl mn', 5)).toEqual(['abcde', 'fghij', 'kl mn']);
  });
});

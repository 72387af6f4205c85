import { describe, expect, it } from '@jest/globals';
import { createPeople, type PeopleOptions } from '../../../src/output/people.ts';
import { createRedactor } from '../../../src/lib/redactor.ts';
import { FakeOutput } from '../../support/fake-output.ts';
import { settle } from '../../support/stepped-clock.ts';

function start({ isTTY = false, columns = 80, ...options }: Partial<PeopleOptions> & { isTTY?: boolean; columns?: number } = {}) {
  const stderr = new FakeOutput({ isTTY, columns });
  const redactor = createRedactor();
  const people = createPeople({ stderr, redactor, quiet: false, debug: false, color: false, ...options });
  const all = (): void => {
    people.say('said');
    people.warn('warned');
    people.always('always');
    people.debug('debugged');
  };
  return { stderr, redactor, people, all };
}

describe('the text for people', () => {
  it('is everything but debug lines', () => {
    const { all, stderr } = start();
    all();
    expect(stderr.text).toBe('said\nwarning: warned\nalways\n');
  });

  it('is only what must be said with --quiet', () => {
    const { all, stderr } = start({ quiet: true });
    all();
    expect(stderr.text).toBe('always\n');
  });

  it('includes debug lines with --debug, even with --quiet', () => {
    const loud = start({ debug: true });
    loud.all();
    expect(loud.stderr.text).toBe('said\nwarning: warned\nalways\ndebug: debugged\n');
    const { all, stderr } = start({ debug: true, quiet: true });
    all();
    expect(stderr.text).toBe('always\ndebug: debugged\n');
  });

  it('is coloured on request', () => {
    const { all, stderr } = start({ debug: true, color: true });
    all();
    expect(stderr.text).toBe('said\n\u001b[35mwarning:\u001b[39m warned\nalways\n\u001b[2mdebug: debugged\u001b[22m\n');
  });

  it('is wrapped between words on a terminal, and nowhere else', () => {
    const text = `${'word '.repeat(10)}end`;
    const narrow = start({ isTTY: true, columns: 40, debug: true });
    narrow.people.say(text);
    narrow.people.warn(text);
    narrow.people.always(text);
    expect(Math.max(...narrow.stderr.lines.map(({ length }) => length))).toBeLessThan(40);
    expect(narrow.stderr.lines).toHaveLength(6);
    // Debug lines may be searched, so they are not wrapped.
    narrow.people.debug(text);
    expect(narrow.stderr.lines).toHaveLength(7);
    const { people, stderr } = start({ columns: 40 });
    people.say(text);
    expect(stderr.text).toBe(`${text}\n`);
  });

  it('is redacted before it is wrapped', () => {
    const { people, redactor, stderr } = start({ isTTY: true, columns: 20 });
    redactor.add('a secret of several words');
    people.say('this is a secret of several words');
    expect(stderr.text).not.toMatch(/several|words/);
  });

  it('is redacted, line by line', () => {
    const { people, redactor, stderr } = start({ debug: true });
    redactor.add('registered-secret');
    const text = 'a registered-secret and Bearer abcdefghij';
    people.say(text);
    people.warn(text);
    people.always(text);
    people.debug(text);
    expect(stderr.text).not.toMatch(/registered-secret|abcdefghij/);
    expect(stderr.lines).toHaveLength(4);
  });

  it('has no control characters in warnings or debug lines', () => {
    const { people, stderr } = start({ debug: true });
    people.warn('a \u001b[2J b\u202e');
    people.debug('c \u0007 d\u2028');
    expect(stderr.text).toBe('warning: a \\x1b[2J b\\u202e\ndebug: c \\x07 d\\u2028\n');
  });

  it('goes nowhere if stderr is closed', () => {
    const { people, stderr } = start();
    stderr.destroy();
    expect(() => { people.say('said'); }).not.toThrow();
  });
});

describe('a spinner', () => {
  it.each([{ isTTY: false }, { isTTY: true, quiet: true }, { isTTY: true, animate: false }, { isTTY: true, columns: 0 }])('is not shown with %j', async (options) => {
    const { people, stderr } = start(options);
    const waiting = people.waiting('connecting');
    waiting.update('still connecting');
    waiting.stop();
    await settle();
    expect([waiting.shown, stderr.text]).toEqual([false, '']);
  });

  it('is drawn on a terminal, follows its text, and disappears without a trace', async () => {
    const { people, stderr } = start({ isTTY: true });
    const waiting = people.waiting('connecting');
    expect(waiting.shown).toBe(true);
    await stderr.until('connecting');
    waiting.update('Bearer abcdefghij is redacted');
    await stderr.until('Bearer [redacted] is redacted');
    waiting.stop();
    const drawn = stderr.text;
    expect(drawn.endsWith('\u001b[?25h')).toBe(true);
    await settle();
    expect(stderr.text).toBe(drawn);
    expect(drawn).not.toContain('abcdefghij');
  });

  it('is not drawn if it is stopped first', async () => {
    const { people, stderr } = start({ isTTY: true });
    people.waiting('connecting').stop();
    await import('ora');
    await import('../../../src/output/shortened.ts');
    await settle();
    expect(stderr.text).toBe('');
  });

  it('can be stopped twice', async () => {
    const { people, stderr } = start({ isTTY: true });
    const waiting = people.waiting('connecting');
    await stderr.until('connecting');
    waiting.stop();
    const drawn = stderr.text;
    waiting.stop();
    waiting.update('too late');
    await settle();
    expect(stderr.text).toBe(drawn);
  });

  it('is shared: the newest text is shown, then the previous one again', async () => {
    const { people, stderr } = start({ isTTY: true });
    const outer = people.waiting('connecting');
    await stderr.until('connecting');
    const inner = people.waiting('waiting for the code');
    await stderr.until('waiting for the code');
    outer.update('connecting still');
    expect(stderr.text).not.toContain('connecting still');
    inner.stop();
    await stderr.until('connecting still');
    outer.stop();
    const drawn = stderr.text;
    await settle();
    expect(stderr.text).toBe(drawn);
    expect(drawn).not.toContain('[ora]');
  });

  it('leaves the cursor at the start of its line, and clears what a narrower terminal has wrapped', async () => {
    const { people, stderr } = start({ isTTY: true });
    const waiting = people.waiting('x'.repeat(60));
    await stderr.until(`\u001b[?7l${'x'.repeat(60)}\r\u001b[?7h`);
    stderr.resize(40);
    await stderr.until(`\u001b[J\r`);
    await stderr.until(`\u001b[?7l${'x'.repeat(36)}…\r\u001b[?7h`);
    waiting.stop();
    const drawn = stderr.text;
    stderr.resize(20);
    await settle();
    expect(stderr.text).toBe(drawn);
    expect(stderr.listenerCount('resize')).toBe(0);
  });

  it('shows the cursor while the process is suspended, and comes back after it', async () => {
    let suspend = { before: (): void => undefined, after: (): void => undefined };
    let released = false;
    const { people, stderr } = start({ isTTY: true, onSuspend: (before, after) => { suspend = { before, after }; return () => { released = true; }; } });
    const waiting = people.waiting('connecting');
    await stderr.until('connecting');
    suspend.before();
    const stopped = stderr.text;
    expect(stopped.endsWith('\u001b[?25h')).toBe(true);
    waiting.update('connected');
    await settle();
    expect(stderr.text).toBe(stopped);
    suspend.after();
    const redrawn = stderr.text.slice(stopped.length);
    expect([redrawn.startsWith('\u001b[?25l'), redrawn.includes('connected')]).toEqual([true, true]);
    waiting.stop();
    expect(released).toBe(true);
  });

  it('takes only one line, however narrow the terminal', async () => {
    const { people, stderr } = start({ isTTY: true });
    const waiting = people.waiting('x'.repeat(100));
    await stderr.until(`${'x'.repeat(76)}…`);
    waiting.update('y'.repeat(100));
    await stderr.until(`${'y'.repeat(76)}…`);
    waiting.stop();
    expect(stderr.text).not.toMatch(/x{77}|y{77}/);
  });

  it('counts wide characters as two columns', async () => {
    const { people, stderr } = start({ isTTY: true, columns: 20 });
    const waiting = people.waiting('日本語'.repeat(10));
    await stderr.until('日本語日本語日本…');
    waiting.stop();
  });
});

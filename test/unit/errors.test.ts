import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { codeOf, copyOf, innermostMessage, toError, usageError, WatchError } from '../../src/errors.ts';

describe('a WatchError', () => {
  it('carries its category, what Graph said, and what to do next', () => {
    const cause = new Error('below');
    const error = new WatchError('refused', 'no', { hint: 'ask', code: 'accessDenied', status: 403, requestId: 'r1', retryAfterMs: 5, cause });
    expect(error).toMatchObject({ category: 'refused', message: 'no', hint: 'ask', code: 'accessDenied', status: 403, requestId: 'r1', retryAfterMs: 5, cause });
    expect(error).toBeInstanceOf(Error);
  });

  it('can be copied with other details, and keeps the rest', () => {
    const error = new WatchError('refused', 'no', { hint: 'ask', code: 'accessDenied', status: 403, requestId: 'r1', retryAfterMs: 5, cause: new Error('below') });
    expect(copyOf(error, {})).toEqual(error);
    const copy = copyOf(error, { category: 'network', hint: 'wait', cause: error });
    expect(copy).toMatchObject({ category: 'network', message: 'no', hint: 'wait', code: 'accessDenied', status: 403, requestId: 'r1', retryAfterMs: 5 });
    expect(copy.cause).toBe(error);
    expect('cause' in copyOf(usageError('wrong'), { hint: 'do this' })).toBe(false);
  });

  it('has no cause if none was given', () => {
    expect('cause' in usageError('wrong')).toBe(false);
    expect(usageError('wrong', 'do this')).toMatchObject({ category: 'usage', message: 'wrong', hint: 'do this' });
  });
});

describe('toError', () => {
  it('keeps an error, even one from another realm', () => {
    const own = new Error('own');
    const foreign: unknown = runInNewContext('new TypeError("foreign")');
    expect(toError(own)).toBe(own);
    expect(toError(foreign)).toBe(foreign);
  });

  it.each([['text', 'text'], [undefined, 'undefined'], [null, 'null'], [7, '7']])('turns %p into an error', (thrown, message) => {
    expect(toError(thrown)).toMatchObject({ message });
  });
});

describe('the chain of causes', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

  it('is searched for a code and for the innermost message', () => {
    const error = new TypeError('fetch failed', { cause: new Error('', { cause: refused }) });
    expect(codeOf(error)).toBe('ECONNREFUSED');
    expect(innermostMessage(error)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  });

  it('includes the errors of an AggregateError, as from Happy Eyeballs', () => {
    const error = new AggregateError([refused, new Error('other')]);
    expect(codeOf(error)).toBe('ECONNREFUSED');
    expect(innermostMessage(error)).toBe(refused.message);
  });

  it('is searched past codes that are not text and messages that are empty', () => {
    expect(codeOf(Object.assign(new Error('outer'), { code: 5, cause: refused }))).toBe('ECONNREFUSED');
    expect(innermostMessage(new Error('outer', { cause: new Error('') }))).toBe('outer');
  });

  it('may be a cycle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(codeOf(error)).toBeUndefined();
    expect(innermostMessage(error)).toBe('round');
  });

  it('has no code if the value is not an error, whose text is the message', () => {
    expect(codeOf('text')).toBeUndefined();
    expect(innermostMessage('text')).toBe('text');
    expect(codeOf(null)).toBeUndefined();
  });
});

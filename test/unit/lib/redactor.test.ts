import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createRedactor } from '../../../src/lib/redactor.ts';

const { redact } = createRedactor();

describe('what looks like a secret', () => {
  it.each([
    ['GET https://push.svc.ms/notifications?token=w1-abc&applicationId=1 failed', 'GET https://push.svc.ms/notifications?[redacted] failed'],
    ['wss://push.svc.ms/socket.io/?token=w1-abc', 'wss://push.svc.ms/socket.io/?[redacted]'],
    ['GET /socket.io/?token=w1-abc&applicationId=1 HTTP/1.1', 'GET /socket.io/?[redacted] HTTP/1.1'],
    ['"https://a.example/x?code=1" and more', '"https://a.example/x?[redacted]" and more'],
    ['http://user:pa55@proxy:3128/', 'http://[redacted]@proxy:3128/'],
    ['via http://user:p@55@proxy:3128', 'via http://[redacted]@proxy:3128'],
    ['Authorization: Bearer EwB4A8l6BAAU', 'Authorization: Bearer [redacted]'],
    ['Proxy-Authorization: Basic dXNlcjpwYXNz', 'Proxy-Authorization: Basic [redacted]'],
    ['token eyJ0eXAiOiJKV1QiLCJub25jZSI6.eyJhdWQiOiIw.c2ln!', 'token [redacted]!'],
    ['{"access_token":"EwB4A8l6","x":1}', '{"access_token":"[redacted]","x":1}'],
    ['code_verifier=abcdefgh&x=1', 'code_verifier=[redacted]&x=1'],
    ['device_code: GAQABAAEAAAD', 'device_code: [redacted]'],
  ])('is redacted in %j although nobody registered it', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each([
    'error: You are not signed in (login.microsoftonline.com).', 'https://login.test/device', 'enter the code ABCD1234', '3 events in 3 m 05 s',
    'To sign in, open https://microsoft.com/devicelogin and enter the code', 'GET /v1.0/me/drive 200', 'who? a=b', 'and/or? yes',
  ])('is not seen in %j', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('a registered secret', () => {
  it('is redacted wherever it appears, raw and percent-encoded', () => {
    const redactor = createRedactor();
    redactor.add('w1-abc+d/=');
    expect(redactor.redact('aw1-abc+d/=b, w1-abc%2Bd%2F%3D')).toBe('a[redacted]b, [redacted]');
  });

  it('is redacted in its decoded form too, since it may come from a URL', () => {
    const redactor = createRedactor();
    redactor.add('w1-a%2Bb%2Fc-d');
    redactor.add('not%encoded-at-all');
    expect(redactor.redact('w1-a+b/c-d w1-a%2Bb%2Fc-d not%encoded-at-all')).toBe('[redacted] [redacted] [redacted]');
  });

  it('is redacted entirely even if it begins with a shorter one', () => {
    const redactor = createRedactor();
    redactor.add('abcdefgh');
    redactor.add('abcdefgh-the-rest');
    expect(redactor.redact('abcdefgh-the-rest abcdefgh')).toBe('[redacted] [redacted]');
  });

  it('is redacted entirely even if it overlaps with another one', () => {
    const redactor = createRedactor();
    redactor.add('abcdefgh-xyz');
    redactor.add('efgh-xyz-longer');
    expect(redactor.redact('1 abcdefgh-xyz-longer 2 abcdefgh-xyzefgh-xyz-longer 3')).toBe('1 [redacted] 2 [redacted][redacted] 3');
  });

  it('is still redacted when another one with a form in common is dropped', () => {
    const redactor = createRedactor();
    redactor.add('w1-a%2Bb%2Bc%2Bd');
    redactor.add('w1-a+b+c+d');
    for (let n = 0; n < 4_999; n += 1) redactor.add(`another-${n}`);
    expect(redactor.redact('w1-a+b+c+d')).toBe('[redacted]');
    redactor.add('one-more');
    expect(redactor.redact('w1-a+b+c+d')).toBe('w1-a+b+c+d');
  });

  it('is ignored below eight characters, which are too common', () => {
    const redactor = createRedactor();
    redactor.add('me');
    redactor.add('');
    expect(redactor.redact('me too')).toBe('me too');
  });

  it('is dropped after five thousand newer ones, except if it was seen again', () => {
    const redactor = createRedactor();
    redactor.add('secret-that-stays');
    redactor.add('secret-that-goes');
    for (let i = 0; i < 4_999; i += 1) {
      if (i === 2_500) redactor.add('secret-that-stays');
      redactor.add(`secret-number-${i}`);
    }
    expect(redactor.redact('secret-that-stays secret-that-goes secret-number-0')).toBe('[redacted] secret-that-goes [redacted]');
  });

  it('cannot make the redactor fail', () => {
    const redactor = createRedactor();
    expect(() => { redactor.add('lone surrogate \ud800'); }).not.toThrow();
    expect(redactor.redact('a lone surrogate \ud800 b')).toBe('a [redacted] b');
  });

  // Tokens and URLs are printable ASCII without spaces.
  const secret = fc.stringMatching(/^[\x21-\x7e]{8,80}$/).filter((text) => !'[redacted]'.includes(text));
  const around = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('https://a.example/?', 'Bearer ', '"token":"', '\u001b[31m', 'eyJ', '%', '='));

  it('never survives, whatever surrounds it', () => {
    fc.assert(fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.array(around, { minLength: 5, maxLength: 5 }), (secrets, parts) => {
      const redactor = createRedactor();
      for (const one of secrets) redactor.add(one);
      const text = parts.map((part, i) => part + (secrets[i] ?? '')).join('');
      const clean = redactor.redact(text);
      for (const one of secrets) expect(clean).not.toContain(one);
    }), { numRuns: 500 });
  });

  it('never survives in a URL, in a header, or as JSON', () => {
    fc.assert(fc.property(secret, around, around, (one, before, after) => {
      const redactor = createRedactor();
      redactor.add(one);
      const query = encodeURIComponent(one);
      for (const text of [`${before}https://h/p?t=${query}${after}`, `${before}Bearer ${one}${after}`, JSON.stringify({ reason: before + one + after })]) {
        expect(redactor.redact(text)).not.toContain(one);
        expect(redactor.redact(text)).not.toContain(JSON.stringify(one).slice(1, -1));
        if (query.length >= 8 && !before.endsWith('%')) expect(redactor.redact(text)).not.toContain(query);
      }
    }), { numRuns: 500 });
  });
});

describe('a text that is too long', () => {
  it('is cut after registered secrets were redacted and before patterns are', () => {
    const redactor = createRedactor();
    const secret = 'known-secret'.repeat(2_000);
    redactor.add(secret);
    const clean = redactor.redact(`a ${secret} b ${'/'.repeat(400_000)}`);
    expect(clean.slice(0, 20)).toBe('a [redacted] b /////');
    expect(clean.length).toBeLessThan(17_000);
    expect(clean).toMatch(/ … \(\d+ more characters\)$/);
  });

  it.each(['http://user:pa55word@host', `eyJ${'a'.repeat(40)}.${'b'.repeat(40)}`, 'Bearer EwB4A8l6BAAU', 'token=abcdefghijkl'])('is never cut within %j', (secret) => {
    for (let before = 16_384 - secret.length - 3; before <= 16_384; before += 1) {
      const clean = redact(`${' '.repeat(before)}${secret} ${'z '.repeat(2_000)}`);
      expect(clean.replace(/\(.*\)$/, '')).not.toMatch(/pa55|eyJ|EwB|abcd/);
    }
  });
});

it('compares a text with only a few of many secrets that begin alike', () => {
  const redactor = createRedactor();
  for (let n = 0; n < 4_000; n += 1) redactor.add(`eyJ0eXAiOiJKV1QiLCJub25jZSI6-${n}`);
  const compare = jest.spyOn(String.prototype, 'startsWith');
  try {
    redactor.redact('eyJ0eXAiOiJKV1Qi '.repeat(100));
    expect(compare.mock.calls.length).toBeLessThan(400);
  } finally {
    compare.mockRestore();
  }
});

it('redacts the longest of several secrets that begin with each other', () => {
  const redactor = createRedactor();
  for (const secret of ['abcdefgh', 'abcdefgh12', 'abcdefgh1234', 'abcdefgh12zz', 'abcdefgh11']) redactor.add(secret);
  expect(redactor.redact('abcdefgh1235 abcdefgh1234 abcdefgh1x abcdefgh')).toBe('[redacted]35 [redacted] [redacted]1x [redacted]');
});

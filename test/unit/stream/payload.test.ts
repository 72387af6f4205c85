import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { oneLine } from '../../../src/lib/json.ts';
import { readPayload, soleEntry } from '../../../src/stream/payload.ts';

describe('readPayload', () => {
  it('reads the captured frame: a JSON string with a value', () => {
    const entry = { subscriptionId: '3f1c9a20', clientState: 'system-managed:6E4D2B1A', resource: '7d20c4be', siteUrl: '/personal/2f7c41d08e6a95b3' };
    expect(readPayload(JSON.stringify({ value: [entry] }))).toEqual([entry]);
    expect(readPayload(JSON.stringify({ value: [entry, { resource: 'other' }] }))).toEqual([entry, { resource: 'other' }]);
  });

  it('reads the older flat format, and an object instead of a string', () => {
    expect(readPayload('{"resource":"r","userId":"u"}')).toEqual([{ resource: 'r', userId: 'u' }]);
    expect(readPayload({ resource: 'r' })).toEqual([{ resource: 'r' }]);
    expect(readPayload({ value: [{ a: 1 }] })).toEqual([{ a: 1 }]);
  });

  it.each<[unknown, unknown[]]>([
    ['no JSON', ['no JSON']], ['', ['']], ['{"value":[', ['{"value":[']], ['null', [null]], ['5', [5]], ['"text"', ['text']], ['[1,2]', [[1, 2]]],
    ['{"value":[]}', [{ value: [] }]], ['{"value":{}}', [{ value: {} }]], ['{"value":"x"}', [{ value: 'x' }]], ['{}', [{}]], [null, [null]], [true, [true]],
  ])('reads %j as %j', (argument, entries) => {
    expect(readPayload(argument)).toEqual(entries);
  });

  it('never fails and never drops anything, for any payload', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.json().map((json) => json.slice(0, -1)), fc.json().map((json) => `{"value":${json}}`));
    fc.assert(fc.property(fc.oneof(text, fc.jsonValue(), fc.anything()), (argument) => {
      expect(readPayload(argument).length).toBeGreaterThan(0);
    }), { numRuns: 1000 });
  });

  it('returns every entry of a value, in order and verbatim, from a string or an object', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.dictionary(fc.string(), fc.jsonValue()), (entries, beside) => {
      const payload = { ...beside, value: entries };
      expect(readPayload(payload)).toEqual(entries);
      expect(readPayload(JSON.stringify(payload))).toEqual(JSON.parse(JSON.stringify(entries)));
    }));
  });

  it('returns a text that is not JSON unchanged', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      fc.pre(!isJson);
      expect(readPayload(text)).toEqual([text]);
    }));
  });
});

describe('soleEntry', () => {
  it('returns the entry of the captured frame with its original text', () => {
    const json = '{"subscriptionId":"3f1c9a20","clientState":"system-managed:6E4D2B1A","siteUrl":"/personal/2f7c41d08e6a95b3"}';
    expect(soleEntry(`{"value":[${json}]}`)).toBe(json);
  });

  it.each(['1.0', '1e400', '12345678901234567890', '"\\u00e9\\/"', '{"a":1,"a":2}', 'null', '[]', '"]}"', '"\u{1f600}"', '['.repeat(50_000) + ']'.repeat(50_000)])(
    'keeps the spelling of %.30s', (json) => {
      expect(soleEntry(`{"value":[${json}]}`)).toBe(json);
    },
  );

  it.each<unknown>([
    '{"value":[]}', '{"value":[1,2]}', '{"value":[1],"value":[2]}', '{"value":[1],"other":[2]}', '{"other":[2],"value":[1]}', '{"value":[1]}}', '{"value":[1}]}',
    '{"value":[1]', '{"value":[01]}', '{"value":["a\tb"]}', '["value":[1]]', '', '1', '"x"', null, 5, undefined, { value: [1] }, [1],
    // A single entry whose text cannot be written as it is.
    '{"value":[ 1]}', '{"value":[{"a": 1}]}', '{"value":[{"a":\n1}]}', '{"value":[{"a":\r\n1}]}', '{"value":[{"a":\t1}]}', '{"value":["\ud800"]}', ' {"value":[1]}', '{"value":[1]}\n',
  ])('leaves %j to readPayload', (argument) => {
    expect(soleEntry(argument)).toBeUndefined();
  });

  it('takes nothing for an entry that is not one JSON value on one line, however near it comes', () => {
    const token = fc.constantFrom('"', '"a"', '"":""', ':', ',', '{', '}', '[', ']', '\\', '\\"', ' ', '\n', '\u0000', '\u007f', '\ud83d', '\ude00', '\u2028', '\u2029', 'é', '1', 'null', '{"a":"b"}', '"a":"b"');
    const near = fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join(''));
    let taken = 0;
    fc.assert(fc.property(fc.oneof(near, near.map((text) => `{${text}}`), near.map((text) => `{"a":"b",${text}}`), near.map((text) => `{"${text}":"b"}`)), (text) => {
      const json = soleEntry(`{"value":[${text}]}`);
      if (json === undefined) return;
      taken += 1;
      expect(json).toBe(oneLine(text));
      expect(readPayload(`{"value":[${text}]}`)).toEqual([JSON.parse(json)]);
      expect(json).not.toMatch(/[\0- \u2028\u2029]/);
      expect(json.isWellFormed()).toBe(true);
    }), { numRuns: 5_000 });
    expect(taken).toBeGreaterThan(100);
  });

  it('escapes line separators, and nothing else', () => {
    expect(soleEntry('{"value":[{"a":"b\u2028c\u2029","n":12345678901234567890}]}')).toBe('{"a":"b\\u2028c\\u2029","n":12345678901234567890}');
    expect(soleEntry('{"value":[{"a":"b\u2028"}]}')).toBe('{"a":"b\\u2028"}');
    expect(soleEntry('{"value":[\u2028{"a":"b"}]}')).toBeUndefined();
  });

  it('reads long texts, too', () => {
    for (const length of [8_000, 9_000, 1_000_000]) {
      const json = JSON.stringify({ a: 'x'.repeat(length) });
      expect(soleEntry(`{"value":[${json}]}`)).toBe(json);
      expect(soleEntry(`{"value":[${json.slice(1)}]}`)).toBeUndefined();
    }
  });

  it('agrees with readPayload whenever it reads a payload, and reads every usual one', () => {
    const entry = fc.jsonValue({ noUnicodeString: false });
    const near = fc.tuple(fc.array(fc.json(), { maxLength: 3 }), fc.constantFrom('{"value":[', '{"value": [', '{"v":[', '{"value":[1],"value":['), fc.constantFrom(']}', '}]', '],"b":[]}', ']} '))
      .map(([list, start, end]) => `${start}${list.join(',')}${end}`);
    fc.assert(fc.property(fc.oneof(near, fc.json(), entry.map((value) => JSON.stringify({ value: [value] }))), (text) => {
      const sole = soleEntry(text);
      if (sole === undefined) return;
      expect(readPayload(text)).toEqual([JSON.parse(sole)]);
      expect(oneLine(text)).toBe(`{"value":[${sole}]}`);
      expect(sole).not.toMatch(/[\0- \u2028\u2029]/);
    }), { numRuns: 1000 });
    fc.assert(fc.property(entry, (value) => {
      const json = JSON.stringify(value);
      fc.pre(!json.includes(' '));
      expect(soleEntry(`{"value":[${json}]}`)).toBe(oneLine(json));
    }));
  });
});

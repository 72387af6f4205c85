import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frameShape, payloadShape, shapeOf } from '../../../src/doctor/shape.ts';

describe('the shape of what a server sends', () => {
  it.each([
    [{ value: [{ subscriptionId: 'a', n: 1, ok: true, none: null }] }, '{value: [{subscriptionId: string, n: number, ok: boolean, none: null}]}'],
    [[1, 2, 'x'], '[number | string]'],
    [[], '[]'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{a: {b: {c: {d: {…}}}}}'],
    // A key may itself be a value.
    [{ 'ada@contoso.com': 1, '7d20c4be-0000': 2, '@odata.type': 'x' }, '{(another key): number, (another key): number, @odata.type: string}'],
  ])('of %j is %s', (value, shape) => {
    expect(shapeOf(value)).toBe(shape);
  });

  it('of a payload says if it is JSON in a string', () => {
    expect(payloadShape(JSON.stringify('{"value":[]}'))).toBe('a JSON string of {value: []}');
    expect(payloadShape('{"value":[]}')).toBe('{value: []}');
    expect(payloadShape(JSON.stringify('hello'))).toBe('string');
    expect(payloadShape('{')).toBe('text that is not JSON');
  });

  it('of a frame keeps its prefix', () => {
    expect(frameShape('40/notifications,{"sid":"secret"}')).toBe('40/notifications,{sid: string}');
    expect(frameShape('40{"sid":"secret"}')).toBe('40{sid: string}');
    expect(frameShape('44/notifications,{"message":"secret"}')).toBe('44/notifications,{message: string}');
    expect(frameShape('40')).toBe('40');
  });

  it('contains no value, whatever is sent', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.stringMatching(/^[a-z]{12}\d{4}$/), (value, secret) => {
      expect(shapeOf({ value: { inner: [secret, { [secret]: secret, value }] } })).not.toContain(secret);
    }));
  });
});

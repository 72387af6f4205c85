import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonText } from '../../../src/output/json-text.ts';

const DEPTH = 20_000;

describe('jsonText', () => {
  it('returns what JSON.stringify returns', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(jsonText(value)).toBe(JSON.stringify(value));
    }));
  });

  it('does the same at a depth that JSON.stringify cannot handle', () => {
    const deep: unknown = JSON.parse('['.repeat(DEPTH) + ']'.repeat(DEPTH));
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(jsonText([value, deep])).toBe(`[${JSON.stringify(value)},${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}]`);
    }), { numRuns: 20 });
  });

  it('omits undefined values, as JSON.stringify does', () => {
    const deep: unknown = JSON.parse('['.repeat(DEPTH) + ']'.repeat(DEPTH));
    expect(jsonText({ a: 1, b: undefined, deep }).slice(0, 14)).toBe('{"a":1,"deep":');
    expect(jsonText(undefined)).toBe('null');
  });

  it('does not hide other failures', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => jsonText(circle)).toThrow(TypeError);
  });
});

import { describe, expect, it } from '@jest/globals';
import { BoundedMap } from '../../../src/lib/bounded-map.ts';

describe('a bounded map', () => {
  it('drops the entry that was set longest ago, and reports it', () => {
    const gone: string[] = [];
    const map = new BoundedMap<string, number>(2, (key) => gone.push(key));
    map.set('a', 1);
    map.set('b', 2);
    map.set('c', 3);
    expect(gone).toEqual(['a']);
    expect([map.has('a'), map.get('b'), map.get('c'), map.size]).toEqual([false, 2, 3, 2]);
  });

  it('treats an entry that is set again as the newest, and returns that it existed', () => {
    const map = new BoundedMap<string, number>(2);
    expect(map.set('a', 1)).toBe(false);
    map.set('b', 2);
    expect(map.set('a', 3)).toBe(true);
    map.set('c', 4);
    expect([map.get('a'), map.has('b')]).toEqual([3, false]);
  });

  it('drops deleted or cleared entries without a report', () => {
    const gone: string[] = [];
    const map = new BoundedMap<string, number>(2, (key) => gone.push(key));
    map.set('a', 1);
    map.delete('a');
    map.set('b', 2);
    map.clear();
    expect([gone, map.size]).toEqual([[], 0]);
  });
});

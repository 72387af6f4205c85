import { describe, expect, it } from '@jest/globals';
import { BoundedMap } from '../../../src/lib/bounded-map.ts';

describe('a bounded map', () => {
  it('lets the entry that was set longest ago go, and says which', () => {
    const gone: string[] = [];
    const map = new BoundedMap<string, number>(2, (key) => gone.push(key));
    map.set('a', 1);
    map.set('b', 2);
    map.set('c', 3);
    expect(gone).toEqual(['a']);
    expect([map.has('a'), map.get('b'), map.get('c'), map.size]).toEqual([false, 2, 3, 2]);
  });

  it('takes an entry that is set again for the newest, and says that it was there', () => {
    const map = new BoundedMap<string, number>(2);
    expect(map.set('a', 1)).toBe(false);
    map.set('b', 2);
    expect(map.set('a', 3)).toBe(true);
    map.set('c', 4);
    expect([map.get('a'), map.has('b')]).toEqual([3, false]);
  });

  it('forgets what is deleted or cleared without a word', () => {
    const gone: string[] = [];
    const map = new BoundedMap<string, number>(2, (key) => gone.push(key));
    map.set('a', 1);
    map.delete('a');
    map.set('b', 2);
    map.clear();
    expect([gone, map.size]).toEqual([[], 0]);
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Entry } from '../../../src/cluster/bucket.ts';
import { memberKey } from '../../../src/cluster/keys.ts';
import { encode, type MemberRecord } from '../../../src/cluster/records.ts';
import { Roster } from '../../../src/cluster/roster.ts';

let roster: Roster;
beforeEach(() => {
  roster = new Roster();
});

function heartbeat(id: string, revision: number, record: Partial<MemberRecord> = {}): Entry {
  const value = encode({ name: id.split('.')[0]!, generation: 1, leaseMs: 10_000, draining: false, targets: 0, failed: 0, released: 0, ...record });
  return { key: memberKey(id), value, revision, at: 0 };
}

const deleted = (id: string, revision: number): Entry => ({ key: memberKey(id), value: undefined, revision, at: 0 });

describe('the other members', () => {
  it('join, live, change, and leave', () => {
    expect(roster.see(heartbeat('a.1', 1), 0)).toEqual({ id: 'a.1', what: 'came', released: false });
    expect(roster.see(heartbeat('a.1', 2), 0)).toEqual({ id: 'a.1', what: 'lives', released: false });
    expect(roster.see(heartbeat('a.1', 3, { draining: true }), 0)).toEqual({ id: 'a.1', what: 'changed', released: false });
    expect(roster.see(heartbeat('a.1', 4, { draining: true, released: 3 }), 0)).toEqual({ id: 'a.1', what: 'lives', released: true });
    expect(roster.has('a.1')).toBe(true);
    expect(roster.see(deleted('a.1', 5), 0)).toEqual({ id: 'a.1', what: 'went', released: true });
    expect(roster.has('a.1')).toBe(false);
  });

  it('are not brought back by late entries', () => {
    roster.see(heartbeat('a.1', 4, { released: 2 }), 0);
    expect(roster.see(heartbeat('a.1', 3, { draining: true }), 0)).toBeUndefined();
    expect(roster.see(heartbeat('a.1', 4), 0)).toBeUndefined();
    expect(roster.see(deleted('a.1', 2), 0)).toBeUndefined();
    expect(roster.ids({ draining: false })).toEqual(['a.1']);
  });

  it('are only those with a valid key and record', () => {
    expect(roster.see({ key: 'shared.list', value: encode({ ms: 1, by: 'a' }), revision: 1, at: 0 }, 0)).toBeUndefined();
    for (const text of ['', '{', '[]', '{"name":"a"}', '{"name":"a","leaseMs":0}', '{"name":5,"leaseMs":9}']) {
      expect(roster.see({ key: memberKey('x.1'), value: Buffer.from(text), revision: 1, at: 0 }, 0)).toBeUndefined();
    }
    expect(roster.ids({ draining: true })).toEqual([]);
    expect(roster.see(deleted('never.seen', 9), 0)).toBeUndefined();
  });

  it('are listed in order, without excluded or draining ones', () => {
    for (const [at, id] of ['c.1', 'a.2', 'b.3', 'a.1'].entries()) roster.see(heartbeat(id, at + 1, { draining: id === 'b.3' }), 0);
    expect(roster.ids({ draining: true })).toEqual(['a.1', 'a.2', 'b.3', 'c.1']);
    expect(roster.ids({ draining: false, except: ['a.2'] })).toEqual(['a.1', 'c.1']);
    expect([roster.nameOf('c.1'), roster.nameOf('gone.7')]).toEqual(['c', 'gone.7']);
  });
});

describe('the silence of a member', () => {
  it('is 0.85 of its own lease, by the listener\'s clock', () => {
    roster.see(heartbeat('a.1', 1), 1_000);
    roster.see(heartbeat('slow.1', 2, { leaseMs: 60_000 }), 1_000);
    expect(roster.silence(9_499, 'self')).toEqual({ nextMs: 1, silent: [] });
    expect(roster.silence(9_500, 'self')).toEqual({ nextMs: 42_500, silent: [{ id: 'a.1', revision: 1 }] });
    roster.see(heartbeat('a.1', 7), 9_500);
    expect(roster.silence(9_500, 'self').silent).toEqual([]);
    expect(roster.silence(100_000, 'self').silent).toEqual([{ id: 'a.1', revision: 7 }, { id: 'slow.1', revision: 2 }]);
  });

  it('is never one\'s own, and does not count while nobody could be heard', () => {
    roster.see(heartbeat('self', 1), 0);
    expect(roster.silence(50_000, 'self')).toEqual({ nextMs: Infinity, silent: [] });
    roster.see(heartbeat('a.1', 2), 0);
    roster.nobodySilent(50_000);
    expect(roster.silence(58_499, 'self')).toEqual({ nextMs: 1, silent: [] });
  });

  it('is not ended by a late heartbeat', () => {
    roster.see(heartbeat('a.1', 5), 0);
    roster.see(heartbeat('a.1', 4), 8_000);
    expect(roster.silence(8_500, 'self').silent).toHaveLength(1);
  });
});

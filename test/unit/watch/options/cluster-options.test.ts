import { describe, expect, it } from '@jest/globals';
import { bucketOptions, clusterOptions, defaultMember, wantsCluster, type ClusterFlags } from '../../../../src/watch/options/cluster-options.ts';
import { natsOptions } from '../../../../src/watch/options/nats-options.ts';
import type { WatchFlags } from '../../../../src/watch/options/watch-options.ts';

const nats = natsOptions({ nats: 'nats://localhost:4222' }, {});
const checked = (flags: WatchFlags & ClusterFlags, broker = nats): unknown => clusterOptions(flags, broker, () => 'host-1a2b');
const usage = (message: RegExp): unknown => expect.objectContaining({ category: 'usage', message: expect.stringMatching(message) as unknown });

describe('the options of a cluster', () => {
  it('need only a name and NATS', () => {
    expect(checked({ cluster: 'prod' })).toEqual({ name: 'prod', member: 'host-1a2b', leaseMs: 15_000, nats });
    expect(checked({ cluster: 'prod', member: 'web-1.example', lease: 2_000 })).toMatchObject({ member: 'web-1.example', leaseMs: 2_000 });
  });

  it.each<[WatchFlags & ClusterFlags, RegExp]>([
    [{ lease: 20_000 }, /--lease needs --cluster/],
    [{ member: 'a' }, /--member needs --cluster/],
    [{ cluster: 'pro d' }, /not a valid cluster name/],
    [{ cluster: '' }, /not a valid cluster name/],
    [{ cluster: 'a.b' }, /not a valid cluster name/],
    [{ cluster: 'prod', member: '-x' }, /not a valid member name/],
    [{ cluster: 'prod', member: 'a/b' }, /not a valid member name/],
    [{ cluster: 'prod', lease: 1_999 }, /too short/],
    [{ cluster: 'prod', lease: 600_001 }, /too long/],
    [{ cluster: 'prod', resume: true }, /--resume cannot be used with --cluster/],
    [{ cluster: 'prod', resume: 'me' }, /--resume cannot/],
    [{ cluster: 'prod', after: 'gw1.x' }, /--after cannot/],
    [{ cluster: 'prod', once: true }, /--once cannot/],
    [{ cluster: 'prod', count: 1 }, /--count cannot/],
    [{ cluster: 'prod', notifications: true }, /--notifications cannot/],
  ])('are refused if they cannot be used: %j', (flags, message) => {
    expect(() => checked(flags)).toThrow(usage(message));
  });

  it('need NATS', () => {
    expect(() => clusterOptions({ cluster: 'prod' }, undefined, () => 'a')).toThrow(usage(/--cluster needs --nats/));
  });

  it('are wanted only if one is given', () => {
    expect([{}, { cluster: 'a' }, { lease: 1 }, { member: 'a' }].map(wantsCluster)).toEqual([false, true, true, true]);
  });
});

describe('the name of a member', () => {
  it.each([
    ['web-1.contoso.com', 0.5, 'web-1-i000'], ['Ada\'s MacBook', 0, 'Ada-s-MacBook-0000'], ['', 0.999999, 'member-zzzy'], ['x'.repeat(80), 0, `${'x'.repeat(40)}-0000`],
  ])('is by default made from the host name: %s', (host, random, name) => {
    expect(defaultMember(host, () => random)).toBe(name);
    expect(checked({ cluster: 'prod', member: name })).toMatchObject({ member: name });
  });
});

describe('the options of the cluster commands', () => {
  it('name a cluster, and NATS by flag or environment', () => {
    expect(bucketOptions({ cluster: 'prod' }, { NATS_URL: 'nats://localhost:4222' })).toEqual({ cluster: 'prod', nats });
    expect(() => bucketOptions({ nats: 'localhost' }, {})).toThrow(usage(/Missing --cluster/));
    expect(() => bucketOptions({ cluster: 'prod' }, {})).toThrow(usage(/Missing --nats/));
    expect(() => bucketOptions({ cluster: 'a b', nats: 'localhost' }, {})).toThrow(usage(/not a valid cluster name/));
  });
});

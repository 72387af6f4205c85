import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PollSchedule } from '../../../../src/changes/poll-schedule.ts';
import { WatchError } from '../../../../src/errors.ts';
import type { WatchEvent } from '../../../../src/events.ts';
import { createNetwork, type Network } from '../../../../src/net/network.ts';
import { CHANGES_FROM_NOW } from '../../../../src/watch/options/change-options.ts';
import { ClusterShare } from '../../../../src/watch/cluster/cluster-share.ts';
import type { WatchSession } from '../../../../src/watch/session.ts';
import { commandScene, type CommandScene } from '../../commands/command-scene.ts';
import { fakeLease, type FakeLease } from '../../../support/fake-lease.ts';
import { settle } from '../../../support/stepped-clock.ts';

let s: CommandScene;
let network: Network;
beforeEach(() => {
  s = commandScene();
  network = createNetwork({ env: {} });
});
afterEach(async () => {
  await network.close();
  s.clean();
});

/** A share of a cluster's targets; following a target fails on request, or ends as its stream does. */
function scene() {
  const stop = new AbortController();
  const shown: WatchEvent[] = [];
  const failures = new Map<string, Error>();
  const session: WatchSession = {
    signal: stop.signal, connected: true, servedAt: undefined,
    recount: () => Promise.resolve(), failedFirst: () => false,
    show: (event) => Promise.resolve(shown.push(event) > 0),
    follow: async (stream, dressed = (event) => event) => {
      const failure = failures.get('next');
      failures.delete('next');
      if (failure !== undefined) throw failure;
      for await (const event of stream.events) if (event.type === 'end') shown.push(dressed(event));
      await stream.close();
      return true;
    },
    useGraph: () => Promise.resolve(), unexpectedHost: () => undefined, progress: () => false, finish: () => Promise.resolve(0),
  };
  const context = s.command();
  const access = {
    context, network, get: (_path: string, signal?: AbortSignal) => new Promise<never>((_resolve, reject) => { signal?.addEventListener('abort', () => { reject(signal.reason as Error); }); }),
    wake: { onJump: () => () => undefined }, polls: new PollSchedule({ clock: context.surroundings.clock, random: () => 0.5, unitsPerMinute: () => 1 }), onUnexpectedHost: () => undefined,
  };
  const share = new ClusterShare(context, { changes: CHANGES_FROM_NOW, redeem: false });
  const watching = share.watch(access, session, () => Promise.resolve());
  const take = async (target: string, label?: string): Promise<FakeLease> => {
    const lease = fakeLease(label === undefined ? { target } : { target, label });
    share.take(lease);
    await settle();
    return lease;
  };
  return { share, stop, shown, watching, take, failNext: (error: Error) => { failures.set('next', error); } };
}

const ends = (shown: readonly WatchEvent[]): unknown[] => shown.map((event) => (event.type === 'end' ? [event.target, event.reason, event.failed] : event.type));

describe('a target that a member of a cluster takes', () => {
  it('is watched until it is recalled, reports that as its end, and is then released', async () => {
    const it = scene();
    const lease = await it.take('drive:b!x', 'one');
    expect(it.share.watched()).toEqual([{ target: 'drive:b!x', key: 'drive:b!x', label: 'one' }]);
    lease.recall('another member takes over');
    await settle();
    expect(ends(it.shown)).toEqual([['drive:b!x', 'another member takes over', false]]);
    expect(it.shown).toMatchObject([{ label: 'one' }]);
    expect([lease.log, it.share.watched()]).toEqual([['released'], []]);
    it.stop.abort();
    await it.watching;
  });

  it('ends at once if its lease is lost', async () => {
    const it = scene();
    const lease = await it.take('drive:b!x');
    lease.lose();
    await settle();
    expect(ends(it.shown)).toEqual([['drive:b!x', 'another member has it', false]]);
    expect(it.share.watched()).toEqual([]);
    it.stop.abort();
    await it.watching;
  });

  it('is kept if it fails for good, so that no other member tries, until it is recalled', async () => {
    const it = scene();
    it.failNext(new WatchError('refused', 'No such drive.', { code: 'itemNotFound' }));
    const lease = await it.take('drive:b!x');
    expect(ends(it.shown)).toEqual([['drive:b!x', 'No such drive.', true]]);
    expect([lease.log, it.share.watched(), it.share.worst]).toEqual([['failed: No such drive.'], [], 5]);
    lease.recall('removed from the list of targets');
    await settle();
    expect(lease.log).toEqual(['failed: No such drive.', 'released']);
    it.stop.abort();
    await it.watching;
  });

  it('ends with the member if nobody is signed in there any more, so that others can watch it', async () => {
    const it = scene();
    it.failNext(new WatchError('auth', 'The sign-in has expired.'));
    const ended = expect(it.watching).rejects.toThrow('The sign-in has expired.');
    await it.take('drive:b!x');
    await ended;
  });

  it('is kept at the end of the watch until its end is reported', async () => {
    const it = scene();
    const lease = await it.take('drive:b!x');
    it.stop.abort();
    await it.watching;
    await settle();
    expect([it.share.watched(), lease.log]).toEqual([[{ target: 'drive:b!x', key: 'drive:b!x' }], []]);
    lease.recall('stopped');
    await settle();
    expect(lease.log).toEqual(['released']);
  });

  it('but that this version does not know is reported, and not tried again', async () => {
    const it = scene();
    const lease = await it.take('planet:mars');
    expect(lease.log[0]).toMatch(/^failed: /);
    expect(s.stderr()).toContain('planet:mars');
    it.stop.abort();
    await it.watching;
  });
});

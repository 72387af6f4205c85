import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PollSchedule } from '../../../../src/changes/poll-schedule.ts';
import { WatchError } from '../../../../src/errors.ts';
import type { WatchEvent } from '../../../../src/events.ts';
import { createNetwork, type Network } from '../../../../src/net/network.ts';
import type { WatchAccess } from '../../../../src/watch/access.ts';
import type { WatchSession } from '../../../../src/watch/session.ts';
import { parseTargetLines } from '../../../../src/watch/many/target-lines.ts';
import { TargetSet } from '../../../../src/watch/many/target-set.ts';
import { commandScene, type CommandScene } from '../../commands/command-scene.ts';

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

/** Watches two targets; the second one fails in this way, and the first one ends once the session is over. */
async function watched(fail: (stop: () => void) => Promise<never>, { failedFirst = false } = {}): Promise<{ shown: WatchEvent[]; worst: number }> {
  const stop = new AbortController();
  const over = new Promise<void>((resolve) => { stop.signal.addEventListener('abort', () => { resolve(); }, { once: true }); });
  const shown: WatchEvent[] = [];
  let followed = 0;
  const session: WatchSession = {
    signal: stop.signal, connected: true, servedAt: undefined,
    recount: () => Promise.resolve(), failedFirst: () => failedFirst,
    show: (event) => Promise.resolve(shown.push(event) > 0),
    follow: () => {
      followed += 1;
      return followed === 2 ? fail(() => { stop.abort(); }) : over.then(() => true);
    },
    useGraph: () => Promise.resolve(), unexpectedHost: () => undefined, progress: () => false, finish: () => Promise.resolve(0),
  };
  const context = s.command();
  const { surroundings } = context;
  const access: WatchAccess = {
    context, network, get: () => Promise.reject(new Error('not asked for')), wake: { onJump: () => () => undefined },
    polls: new PollSchedule({ ...surroundings, unitsPerMinute: () => 1 }), onUnexpectedHost: () => undefined,
  };
  const set = new TargetSet(context, { changes: undefined, redeem: false });
  const watching = set.watch(access, { ...session, show: (event) => session.show(event).finally(() => { stop.abort(); }) }, parseTargetLines('me\ndrive:b!x\n'));
  await watching;
  return { shown, worst: set.worst };
}

const refused = (): WatchError => new WatchError('refused', 'Access is denied.', { code: 'accessDenied' });

describe('a target that fails', () => {
  it('is reported and ends, while the others continue', async () => {
    const { shown, worst } = await watched(() => Promise.reject(refused()));
    expect(shown).toMatchObject([{ type: 'end', target: 'drive:b!x', reason: 'Access is denied.', failed: true }]);
    expect(worst).toBe(5);
    expect(s.stderr()).toContain('Access is denied.');
  });

  it('is reported although the watch ended while a slow reader was waited for', async () => {
    const { shown, worst } = await watched((stop) => {
      stop();
      return Promise.reject(refused());
    }, { failedFirst: true });
    expect(shown).toMatchObject([{ type: 'end', target: 'drive:b!x', reason: 'Access is denied.', failed: true }]);
    expect(worst).toBe(5);
    expect(s.stderr()).toContain('Access is denied.');
  });

  it('only because the watch is over is not reported', async () => {
    const { shown, worst } = await watched((stop) => {
      stop();
      return Promise.reject(refused());
    });
    expect([shown, worst, s.stderr()]).toEqual([[], 0, '']);
  });
});

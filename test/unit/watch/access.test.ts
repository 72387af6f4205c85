import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PollSchedule } from '../../../src/changes/poll-schedule.ts';
import { createNetwork } from '../../../src/net/network.ts';
import { tokenSource } from '../../../src/app/graph-access.ts';
import { openAccess } from '../../../src/watch/access.ts';
import { commandScene, type CommandScene } from '../commands/command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

describe('what targets share', () => {
  it('includes a poll schedule that follows the budget of the process', async () => {
    const network = createNetwork({ env: {} });
    const over = new AbortController();
    const context = { ...s.command({ settings: { token: 'opaque' } }), network: () => Promise.resolve(network) };
    const { polls } = await openAccess(context, { signal: over.signal, tokens: tokenSource(context), onUnexpectedHost: () => undefined });
    for (const units of [6, 60, 600]) {
      context.pace.limitTo(units);
      expect(polls.intervals()).toEqual(new PollSchedule({ ...context.surroundings, unitsPerMinute: () => units }).intervals());
    }
    over.abort();
    await network.close();
  });
});

import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseNatsAddress } from '../../../src/net/nats-address.ts';
import { createPublishing } from '../../../src/watch/publishing.ts';
import { commandScene, type CommandScene } from '../commands/command-scene.ts';
import { change } from '../../support/session-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

describe('a checkpoint', () => {
  it('is committed at once if nothing before it waits to be published, and not otherwise', async () => {
    // A broker that never answers: nothing is ever acknowledged.
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const over = new AbortController();
    const address = parseNatsAddress(`nats://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const publishing = createPublishing(s.command(), { options: { address, credsFile: undefined, prefix: 'graph-watch' }, lifecycle: false, signal: over.signal });
    const committed: string[] = [];
    const checkpoint = (target: string): Promise<void> => {
      const commit = (): Promise<void> => Promise.resolve(void committed.push(target));
      return publishing.checkpoint({ type: 'checkpoint', time: 0, target, commit }, commit);
    };
    await publishing.add(change('a'), undefined);
    await checkpoint('me');
    await checkpoint('drive:b!x');
    expect([committed, publishing.undone]).toEqual([['drive:b!x'], 1]);
    over.abort();
    await publishing.close();
    silent.close();
  });
});

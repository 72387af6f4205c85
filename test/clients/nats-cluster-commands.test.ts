import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeClient } from './support/client.ts';
import { clusterScene, isShared, type ClusterScene } from './support/cluster-scene.ts';
import { cutLine } from './support/cut-line.ts';
import { isNatsInstalled } from './support/nats-server.ts';

describeClient('a cluster command that loses nats-server midway', isNatsInstalled(), () => {
  let s: ClusterScene;
  beforeEach(async () => {
    s = await clusterScene({ drives: 1 });
    s.list(1);
    const a = s.member('a');
    await s.until(() => isShared([a], [1]), [a]);
  });
  afterEach(async () => {
    await s.close();
  });

  it.each([
    ['status', [], { said: 'CONSUMER.CREATE' }, 'cut'],
    // The list is under way: the client would wait for the rest forever.
    ['status', [], { heard: 'consumer_create_response' }, 'cut'],
    ['drain', ['a'], { heard: 'consumer_create_response' }, 'cut'],
    ['drain', ['a'], { said: '$KV.graph-watch-test.' }, 'cut'],
    ['drain', ['a'], { said: 'CONSUMER.CREATE' }, 'silent'],
  ] as const)('%s %j exits with 4 at %j (%s)', async (command, args, moment, how) => {
    const line = await cutLine(s.nats.url, moment, how);
    try {
      const { code, stdout, stderr } = await s.cluster(command, ...args, '--nats', line.url).done;
      expect({ code, stdout, stderr }).toEqual({ code: 4, stdout: '', stderr: expect.stringMatching(/^error: Lost contact with NATS \(.+\)\.\nCheck that the server is running, and try again\.\n$/) });
    } finally {
      await line.close();
    }
  });
});

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeClient } from './support/client.ts';
import { clusterScene, isShared, type ClusterScene, type Member } from './support/cluster-scene.ts';
import { isNatsInstalled } from './support/nats-server.ts';

describeClient('a cluster over nats-server', isNatsInstalled(), () => {
  let s: ClusterScene;

  beforeEach(async () => {
    s = await clusterScene();
    s.list(1, 2, 3, 4);
  });
  afterEach(async () => {
    await s.close();
  });

  const both = [1, 2, 3, 4];
  const shared = (...members: Member[]): Promise<void> => s.until(() => isShared(members, both), members);
  /** Starts two members with two drives each. */
  const two = async (flags: readonly string[] = []): Promise<[Member, Member]> => {
    const [a, b] = [s.member('a', flags), s.member('b', flags)];
    await shared(a, b);
    return [a, b];
  };
  const endsOf = ({ records }: Member): unknown[] => records.filter(({ type }) => type === 'end').map(({ reason }) => reason);
  const writeAll = (name: string): void => { for (const number of both) s.write(number, name); };
  const reported = (members: readonly Member[], name: string): number => new Set(members.flatMap(({ changes }) => changes).filter(({ path }) => path === `/${name}`).map(({ label }) => label)).size;
  const untilAllHave = (name: string, ...members: Member[]): Promise<void> => s.until(() => reported(members, name) === both.length, members.filter(({ process }) => process.exitCode === null));
  const expectNothingLostOrTwice = async (...names: string[]): Promise<void> => {
    const published = await s.published();
    expect(new Set(published.map(({ id }) => id)).size).toBe(published.length);
    for (const number of both) expect(published.filter(({ label }) => label === `d${String(number)}`).map(({ path }) => path)).toEqual(names.map((name) => `/${name}`));
  };

  it('shares the targets, and a member that is stopped hands its own over at once', async () => {
    const [a, b] = await two();
    await s.until(() => existsSync(a.readyFile) && existsSync(b.readyFile), [a, b]);
    writeAll('one.txt');
    await untilAllHave('one.txt', a, b);
    b.process.kill('SIGTERM');
    writeAll('two.txt');
    expect((await b.done).code).toBe(143);
    expect(existsSync(b.readyFile)).toBe(false);
    expect(endsOf(b).slice(-2)).toEqual(['stopped (SIGTERM); handing over to the cluster', 'stopped (SIGTERM); handing over to the cluster']);
    await s.until(() => isShared([a], both), [a]);
    writeAll('three.txt');
    await untilAllHave('three.txt', a, b);
    a.process.kill('SIGTERM');
    await a.done;
    await expectNothingLostOrTwice('one.txt', 'two.txt', 'three.txt');
    expect([...a.records, ...b.records].filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('takes over from a killed member where it stopped', async () => {
    const [a, b] = await two();
    writeAll('one.txt');
    await untilAllHave('one.txt', a, b);
    b.process.kill('SIGKILL');
    await b.done;
    writeAll('two.txt');
    await s.until(() => isShared([a], both), [a]);
    await untilAllHave('two.txt', a);
    a.process.kill('SIGTERM');
    await a.done;
    await expectNothingLostOrTwice('one.txt', 'two.txt');
    expect(a.records.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('makes a member that slept for too long join again, without reporting or committing anything before', async () => {
    const [a, b] = await two();
    writeAll('one.txt');
    await untilAllHave('one.txt', a, b);
    b.process.kill('SIGSTOP');
    writeAll('two.txt');
    await s.until(() => isShared([a], both), [a]);
    await untilAllHave('two.txt', a);
    const before = b.changes.length;
    b.process.kill('SIGCONT');
    await b.until('stderr', 'rejoining');
    await b.until('stderr', 'generation 2');
    await s.until(() => a.watching.length === 2 && b.watching.length === 2, [a, b]);
    expect(b.changes.length).toBe(before);
    writeAll('three.txt');
    await untilAllHave('three.txt', a, b);
    for (const { process } of [a, b]) process.kill('SIGTERM');
    await Promise.all([a.done, b.done]);
    await expectNothingLostOrTwice('one.txt', 'two.txt', 'three.txt');
  });

  it('has a member that slept for too long run no command for what waited meanwhile', async () => {
    const gate = join(s.drive.place, 'gate');
    // The first run takes until the member sleeps, so that everything else waits.
    const a = s.member('a');
    const b = s.member('b', ['--', 'sh', '-c', 'echo "ran for $GRAPH_WATCH_EVENT_PATH"; until [ -e "$0" ]; do sleep 0.05; done; : > "$0.passed"', gate]);
    const runs = (): string[] => b.stderr.match(/^ran for .*$/gm) ?? [];
    await shared(a, b);
    for (const name of ['one.txt', 'two.txt']) writeAll(name);
    await s.until(() => new Set(b.changes.map(({ label, path }) => `${label} ${path}`)).size === 4 && runs().length === 1, [b]);
    b.process.kill('SIGSTOP');
    await s.until(() => isShared([a], both), [a]);
    // When it wakes up, the run has ended, and it has not yet heard that it lost its targets.
    writeFileSync(gate, '');
    await s.until(() => existsSync(`${gate}.passed`), [a]);
    b.process.kill('SIGCONT');
    await b.until('stderr', 'generation 2');
    await s.until(() => a.watching.length === 2 && b.watching.length === 2, [a, b]);
    writeAll('three.txt');
    await s.until(() => runs().length >= 3, [b]);
    expect(runs()).toEqual(['ran for /one.txt', 'ran for /three.txt', 'ran for /three.txt']);
  });

  it('moves all targets away from a drained member, and shows that it is drained, until that is undone', async () => {
    const [a, b] = await two();
    expect((await s.cluster('drain', 'b').done)).toMatchObject({ code: 0, stderr: expect.stringContaining('b is draining: it hands over its targets') });
    await s.until(() => isShared([a], both) && b.watching.length === 0, [a, b]);
    expect(endsOf(b).slice(-2)).toEqual(['this member was drained', 'this member was drained']);
    await s.until(() => existsSync(b.readyFile), [a, b]);
    // An owner's news about itself and its targets comes with its next heartbeat.
    let records: Record<string, unknown>[] = [];
    while (records[0]?.ready !== 4 || records[1]?.targets !== 4) {
      const status = await s.cluster('status', '--targets').done;
      records = status.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    }
    expect(records).toMatchObject([
      { type: 'cluster', cluster: 'test', members: 2, targets: 4, unwatched: 0, failed: 0, publishedBy: expect.stringMatching(/^[ab]$/) },
      { type: 'member', member: 'a', generation: 1, draining: false, targets: 4 },
      { type: 'member', member: 'b', generation: 1, draining: true, targets: 0 },
      ...both.map(() => ({ type: 'target', owner: 'a', state: 'ready', positionAt: expect.stringMatching(/^20/) })),
    ]);
    expect(records.slice(3).map(({ label }) => label).sort()).toEqual(['d1', 'd2', 'd3', 'd4']);
    expect((await s.cluster('drain', 'b', '--undo').done).code).toBe(0);
    await shared(a, b);
    expect(await s.cluster('drain', 'c').done).toMatchObject({ code: 2, stderr: 'error: The cluster test has no member "c".\nIts members: a, b\n' });
  });

  it('with --index, has a drive\'s new owner list it again and report what happened meanwhile', async () => {
    const flags = ['--index'];
    for (const number of both) s.write(number, 'old.txt');
    const [a, b] = await two(flags);
    const lost = b.watching.map((label) => Number(label.slice(1)));
    b.process.kill('SIGKILL');
    await b.done;
    for (const number of lost) s.drive.remove(`drive-${String(number)}/old.txt`);
    await s.until(() => isShared([a], both), [a]);
    await s.until(() => lost.every((number) => a.records.some(({ type, change, label }) => type === 'change' && change === 'deleted' && label === `d${String(number)}`)), [a]);
    expect(a.records.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('has one list of targets, which SIGHUP replaces and a restart with an older file does not', async () => {
    const [a, b] = await two();
    s.list(1, 2, 3);
    a.process.kill('SIGHUP');
    await s.until(() => isShared([a, b], [1, 2, 3]), [a, b]);
    // The new list is distributed at once; the drive that is no longer in it may still be ending.
    await s.until(() => [...endsOf(a), ...endsOf(b)].includes('removed from the list of targets'), [a, b]);
    s.list(1, 2, 3, 4);
    const c = s.member('c');
    await c.until('stderr', 'the cluster has a newer list of targets');
    await s.until(() => isShared([a, b, c], [1, 2, 3]), [a, b, c]);
  });

  it('waits while NATS is unreachable, and loses nothing', async () => {
    const [a, b] = await two();
    writeAll('one.txt');
    await untilAllHave('one.txt', a, b);
    await s.nats.kill();
    await Promise.all([a, b].map((member) => member.until('stderr', 'lost contact with the cluster')));
    await s.until(() => !existsSync(a.readyFile) && !existsSync(b.readyFile), [a, b]);
    writeAll('two.txt');
    await s.nats.start();
    await untilAllHave('two.txt', a, b);
    await shared(a, b);
    // What was under way when the server was killed is sent again after a time-out.
    while ((await s.published()).length < 2 * both.length);
    for (const { process } of [a, b]) process.kill('SIGTERM');
    await Promise.all([a.done, b.done]);
    await expectNothingLostOrTwice('one.txt', 'two.txt');
  });

  it('continues if NATS has lost the bucket: it is created again with the list, and every member sees later changes to it', async () => {
    const [a, b] = await two();
    await s.nats.kill();
    await Promise.all([a, b].map((member) => member.until('stderr', 'lost contact with the cluster')));
    s.nats.wipe();
    await s.nats.start();
    await Promise.all([a, b].map((member) => member.until('stderr', 'Rejoined the cluster')));
    await shared(a, b);
    expect(a.stderr + b.stderr).toContain('NATS has lost the bucket of the cluster test');
    // Each position was lost with it, and each drive's owner says so.
    await s.until(() => both.every((number) => [...a.records, ...b.records].some(({ type, label }) => type === 'gap' && label === `d${String(number)}`)), [a, b]);
    writeAll('one.txt');
    await untilAllHave('one.txt', a, b);
    s.list(1, 2);
    a.process.kill('SIGHUP');
    await s.until(() => isShared([a, b], [1, 2]), [a, b]);
    s.member('c');
    await Promise.all([a, b].map((member) => member.until('stderr', 'The cluster has 3 members')));
  });

  it('is not created by commands that only read', async () => {
    expect(await s.cluster('status').done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no cluster "test".') });
    expect(await s.cluster('drain', 'a').done).toMatchObject({ code: 2 });
    await expect((await s.nats.manager()).streams.info('KV_graph-watch-test')).rejects.toThrow('not found');
  });

  it('without a reachable NATS makes a new member wait, but a status command fail', async () => {
    await s.nats.kill();
    expect(await s.cluster('status').done).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('Couldn\'t reach NATS') });
    const a = s.member('a');
    await a.until('stderr', 'nothing is watched until this member has joined the cluster');
    await s.nats.start();
    await s.until(() => isShared([a], both), [a]);
    writeAll('one.txt');
    await untilAllHave('one.txt', a);
  });
});

describeClient('a cluster over nats-server with passwords', isNatsInstalled(), () => {
  it('refuses a wrong one: members and commands exit with 5, and do not show the password', async () => {
    const s = await clusterScene({ drives: 1, natsFlags: ['-js', '--user', 'ada', '--pass', 'right'] });
    try {
      s.list(1);
      const wrong = s.nats.url.replace('//', '//ada:wrong-and-secret@');
      for (const running of [s.member('a', ['--debug', '--nats', wrong]), s.cluster('status', '--debug', '--nats', wrong)]) {
        const { code, stdout, stderr } = await running.done;
        expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('NATS refused the credentials') });
        expect(stdout + stderr).not.toContain('wrong-and-secret');
      }
    } finally {
      await s.close();
    }
  });

  it('and later refuses a member ends it with 5, also if it has something to report', async () => {
    const place = mkdtempSync(join(tmpdir(), 'graph-watch-nats-'));
    const config = join(place, 'nats.conf');
    writeFileSync(config, 'authorization { user: ada, password: "right-and-secret" }\n');
    const s = await clusterScene({ drives: 1, natsFlags: ['-js', '-c', config] });
    try {
      s.list(1);
      const a = s.member('a', ['--nats', s.nats.url.replace('//', '//ada:right-and-secret@')]);
      await s.until(() => isShared([a], [1]), [a]);
      await s.nats.kill();
      s.write(1, 'one.txt');
      await a.until('stderr', 'lost contact with the cluster');
      writeFileSync(config, 'authorization { user: ada, password: "another" }\n');
      await s.nats.start();
      const { code, stdout, stderr } = await a.done;
      expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('NATS refused the credentials') });
      expect(stdout + stderr).not.toContain('right-and-secret');
    } finally {
      await s.close();
      rmSync(place, { recursive: true });
    }
  });
});

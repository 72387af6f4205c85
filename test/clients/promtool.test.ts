import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { emulatedDrive, type EmulatedDrive, type EmulatedWatch } from '../support/emulated-watch.ts';
import { describeClient, isInDebian } from './support/client.ts';

/** Returns what promtool says about metrics, and its exit code. */
async function checkMetrics(metrics: string): Promise<{ code: unknown; output: string }> {
  const child = spawn('/usr/bin/promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(metrics);
  const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: (ended as unknown[])[0], output: stdout + stderr };
}

const urlOf = ({ stderr }: EmulatedWatch): string => /http:\/\/[^ ]*:\d+/.exec(stderr.text)?.[0] ?? '';
const metricsOf = async (watch: EmulatedWatch): Promise<string> => (await fetch(`${urlOf(watch)}/metrics`)).text();

describeClient('promtool', isInDebian('promtool'), () => {
  let drive: EmulatedDrive;
  beforeEach(async () => {
    drive = await emulatedDrive();
  });
  afterEach(() => drive.close());

  it('finds nothing wrong with the metrics of a watch', async () => {
    const watch = await drive.watch(['--changes', '--json', '--serve', '0', '--', 'true']);
    drive.write('one.txt', 'one');
    await watch.stdout.until('one.txt');
    expect(await checkMetrics(await metricsOf(watch))).toEqual({ code: 0, output: '' });
  });

  it('does find an error in wrong metrics', async () => {
    expect(await checkMetrics('# TYPE watch_seconds counter\nwatch_seconds 1\n')).toMatchObject({ code: 3 });
  });
});

it('metrics count what the watch does, without labels whose values come from outside', async () => {
  const drive = await emulatedDrive();
  try {
    const watch = await drive.watch(['--changes', '--json', '--serve', '0', '--', 'sh', '-c', 'test "$GRAPH_WATCH_EVENT_NAME" != bad.txt']);
    drive.write('docs/one.txt', 'one');
    drive.write('docs/bad.txt', 'bad');
    await watch.stdout.until('one.txt');
    await watch.stdout.until('bad.txt');
    await watch.stderr.until('error: ');
    const metrics = await metricsOf(watch);
    const valueOf = (name: string): number => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(metrics)?.[1]);
    expect({
      created: valueOf('graph_watch_changes_total{change="created"}'), ready: valueOf('graph_watch_ready'), connected: valueOf('graph_watch_targets{state="connected"}'),
      failed: valueOf('graph_watch_action_events_total{result="failed"}'), endpoints: valueOf('graph_watch_graph_requests_total{kind="endpoint"}'),
    }).toEqual({ created: 3, ready: 1, connected: 1, failed: 1, endpoints: 1 });
    expect(valueOf('graph_watch_graph_requests_total{kind="delta"}')).toBeGreaterThan(0);
    expect(valueOf('graph_watch_resource_units_total')).toBeGreaterThan(1);
    expect(valueOf('graph_watch_change_delay_seconds_count{via="push"}')).toBeGreaterThan(0);
    expect(valueOf('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    const labels = new Set([...metrics.matchAll(/(\w+)="/g)].map(([, label]) => label));
    expect([...labels].sort()).toEqual(['change', 'kind', 'le', 'queue', 'result', 'state', 'version', 'via']);
  } finally {
    await drive.close();
  }
});

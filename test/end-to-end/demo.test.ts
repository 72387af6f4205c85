import { describe, expect, it } from '@jest/globals';
import { startBinary } from '../support/binary.ts';

describe('demo', () => {
  it.each([['on a machine with nothing set up', {}], ['in CI', { CI: 'true' }]])('shows every kind of change, without a warning, %s', async (_, env: Record<string, string>) => {
    const { code, stdout, stderr } = await startBinary(['demo', '--json'], { env }).done;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').map((line) => (JSON.parse(line) as { change: string }).change)).toEqual(['created', 'created', 'modified', 'renamed', 'deleted']);
    expect(stdout.trim().split('\n').map((line) => (JSON.parse(line) as { item: { lastModifiedBy: { user: { displayName: string } } } }).item.lastModifiedBy.user.displayName)).toEqual(['Ada Lovelace', 'Ada Lovelace', 'Grace Hopper', 'Ada Lovelace', 'Ada Lovelace']);
    expect(stderr).toContain('Signed in as ada@example.com');
    expect(stderr).not.toMatch(/warn/i);
  });
});

it('demo --serve keeps changing files, and serves the changes, until Ctrl-C', async () => {
  const demo = startBinary(['demo', '--serve', '--json']);
  // This change comes after the scripted ones, whose folder is Reports.
  await demo.until('stdout', /"path":"\/(?:Projects|Photos)/);
  const [url = ''] = /http:\/\/[^ ]*(?=\/ )/.exec(demo.stderr) ?? [];
  const state = await (await fetch(`${url}/state`)).json() as { totals: { events: number }; targets: { state: string; name: string }[] };
  expect(state.targets).toMatchObject([{ state: 'connected', name: 'Ada Lovelace\'s OneDrive' }]);
  expect(state.totals.events).toBeGreaterThan(5);
  demo.process.kill('SIGINT');
  expect((await demo.done).code).toBe(130);
});

it('demo --serve ends with exit code 0 once its reader has closed the pipe', async () => {
  const demo = startBinary(['demo', '--serve', '--json']);
  await demo.until('stdout', /"path":"\/(?:Projects|Photos)/);
  demo.process.stdout?.destroy();
  expect((await demo.done).code).toBe(0);
});

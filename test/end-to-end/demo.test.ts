import { describe, expect, it } from '@jest/globals';
import { startBinary } from '../support/binary.ts';

describe('demo', () => {
  it.each([['on a machine with nothing set up', {}], ['in CI', { CI: 'true' }]])('shows all of it, and warns of nothing, %s', async (_, env: Record<string, string>) => {
    const { code, stdout, stderr } = await startBinary(['demo', '--json'], { env }).done;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').map((line) => (JSON.parse(line) as { change: string }).change)).toEqual(['created', 'created', 'modified', 'renamed', 'deleted']);
    expect(stderr).toContain('Signed in as ada@example.com');
    expect(stderr).not.toMatch(/warn/i);
  });
});

import { describe, expect, it } from '@jest/globals';
import { clusterText, type ClusterSummary } from '../../../src/output/cluster-table.ts';

const NOW = Date.parse('2026-11-27T14:00:00Z');
const summary: ClusterSummary = {
  type: 'cluster', cluster: 'prod', members: 2, targets: 3, ready: 1, starting: 0, reconnecting: 0, failed: 1, unwatched: 1,
  revision: 17, publishedBy: 'web-1', publishedAt: '2026-11-27T13:57:00.000Z', pausedMs: 30_000,
};
const member = { type: 'member', member: 'web-1', generation: 1, draining: false, targets: 2, failed: 1, leaseMs: 15_000, silentMs: 2_000 } as const;
const text = (width: number, ...targets: Parameters<typeof clusterText>[0]['targets']): string => clusterText({ summary, members: [member, { ...member, member: 'web-2', draining: true, targets: 0, failed: 0 }], targets }, { width, color: false, now: NOW });

describe('a cluster on a terminal', () => {
  it('is a summary and a table of members', () => {
    expect(text(80)).toBe([
      'prod: 2 members, 3 targets (1 ready, 1 failed, 1 unwatched)',
      'The list was published by web-1 3 m 00 s ago.',
      'Graph asked for a pause: requests wait for another 30 s.',
      '',
      'TARGETS  FAILED  LAST SEEN  STATE     MEMBER',
      '      2       1    2 s ago            web-1',
      '      0       0    2 s ago  draining  web-2',
      '',
    ].join('\n'));
  });

  it('includes every target on request, and no control character', () => {
    const shown = text(
      200,
      { type: 'target', target: 'drive:b!x', below: '/Reports', label: 'fin\u001b[2Jance', owner: 'web-1', state: 'ready', generation: 2, positionAt: '2026-11-27T13:59:20.000Z', writtenMs: 5 },
      { type: 'target', target: 'drive:b!y', owner: 'web-1', state: 'failed', reason: 'not found', generation: 1, positionAt: null, writtenMs: null },
      { type: 'target', target: 'me', owner: null, state: 'starting', generation: 0, positionAt: null, writtenMs: null },
    );
    expect(shown).toContain('web-1  ready              40 s ago');
    expect(shown).toContain('drive:b!x/Reports');
    expect(shown).toContain('web-1  failed: not found  -');
    expect(shown).not.toContain('\u001b');
  });

  it('says if no list was published yet', () => {
    expect(clusterText({ summary: { ...summary, members: 1, targets: 0, ready: 0, failed: 0, unwatched: 0, publishedBy: null, publishedAt: null, pausedMs: 0 }, members: [], targets: [] }, { color: false, now: NOW }))
      .toBe('prod: 1 member, 0 targets\nNo list of targets has been published.\n');
  });
});

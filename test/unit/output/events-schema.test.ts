import { describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/events.ts';
import { targetName, type Target } from '../../../src/graph/targets.ts';
import { ndjsonLine } from '../../../src/output/ndjson.ts';
import { schemaErrors } from '../../support/events-schema.ts';

const TIME = Date.UTC(2026, 4, 11, 20, 31, 5, 7);
const COMMON = { time: TIME, target: 'drive:b!1', label: 'mine' };

/** One record of each kind, with all its fields. */
const EVENTS: readonly WatchEvent[] = [
  { type: 'notification', ...COMMON, data: { subscriptionId: '1' } },
  { type: 'notification', ...COMMON, data: 'no JSON' },
  { type: 'ready', ...COMMON, renewAt: TIME },
  { type: 'reconnecting', ...COMMON, reason: 'lost', delayMs: 1_000 },
  { type: 'renewed', ...COMMON },
  { type: 'gap', ...COMMON, reason: 'lost', from: TIME - 1, to: TIME },
  { type: 'end', ...COMMON, reason: 'over', failed: false },
  { type: 'change', ...COMMON, change: 'deleted', via: 'catchup', item: { id: '1', folder: false } },
  {
    type: 'change', ...COMMON, change: 'moved', via: 'push', changedToSeenMs: 12, previous: { name: 'a', path: '/a', size: 0 },
    item: {
      id: '1', name: 'b', path: '/x/b', size: 12, folder: false, eTag: '"e"', webUrl: 'https://contoso.sharepoint.com/b',
      lastModifiedDateTime: '2026-05-11T20:31:05Z', lastModifiedBy: { user: { displayName: 'Ada' } },
    },
  },
];

const TARGETS: readonly Target[] = [
  { kind: 'me' }, { kind: 'user', user: 'ada@contoso.com' }, { kind: 'drive', driveId: 'b!1' }, { kind: 'drive-list', driveId: 'b!1' },
  { kind: 'group', groupId: '1' }, { kind: 'list', site: 'contoso.sharepoint.com:/sites/legal', list: 'Documents' },
];

const recordOf = (event: WatchEvent): Record<string, unknown> => JSON.parse(ndjsonLine(event, true, (text) => text) ?? '') as Record<string, unknown>;

describe('the published schema', () => {
  it.each(EVENTS.map((event) => [event.type, event] as const))('accepts a record of type %s', (_type, event) => {
    expect(schemaErrors(recordOf(event))).toEqual([]);
    expect(schemaErrors({ ...recordOf(event), aFieldOfTomorrow: 1 })).toEqual([]);
  });

  it.each(TARGETS.map((target) => [targetName(target)]))('accepts the target %s', (target) => {
    expect(schemaErrors(recordOf({ type: 'ready', ...COMMON, target }))).toEqual([]);
  });

  it('refuses anything else', () => {
    expect(schemaErrors({ type: 'other', time: '2026-05-11T20:31:05.007Z', target: 'me' })).not.toEqual([]);
    for (const event of EVENTS) {
      expect(schemaErrors({ ...recordOf(event), time: '2026-05-11T20:31:05Z' })).not.toEqual([]);
      expect(schemaErrors({ ...recordOf(event), target: 'elsewhere' })).not.toEqual([]);
    }
    expect(schemaErrors({ ...recordOf(EVENTS[7]!), change: 'lost' })).not.toEqual([]);
    expect(schemaErrors({ ...recordOf(EVENTS[7]!), item: { id: '1' } })).not.toEqual([]);
  });
});

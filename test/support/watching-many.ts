import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/main.ts';
import type { Clock } from '../../src/surroundings.ts';
import { fakeGraph, type FakeGraph, type GraphAnswer, type PushConnection } from './fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from './fake-surroundings.ts';

export interface ManyLine { type: string; target: string; label?: string; data?: unknown; reason?: string; delayMs?: number }

export interface ManyWatch {
  s: FakeSurroundings;
  done: Promise<number>;
  /** The records so far. */
  lines: () => ManyLine[];
  /** Resolves once there are this many `ready` records. */
  ready: (count: number) => Promise<void>;
}

/** `graph-watch watch many` in this process, over a fake Graph whose connections can be distinguished. */
export interface ManyScene {
  graph: FakeGraph;
  folder: string;
  /** The file of targets. */
  file: string;
  start: (targets: string, flags?: readonly string[], options?: { clock?: Clock; tty?: { stdin?: boolean; stderr?: boolean } }) => Promise<ManyWatch>;
  /** Answers with an endpoint whose token is the requested id, since several targets request theirs in any order. */
  named: (request: { url: string }) => GraphAnswer;
  /** Answers for the ids in this table, and with an endpoint for all others. */
  refusing: (answers: Record<string, GraphAnswer>) => (request: { url: string }) => GraphAnswer;
  /** The newest open connection of the drive or group with this id. */
  connectionOf: (id: string) => Promise<PushConnection>;
  close: () => Promise<void>;
}

export function linesOf({ stdout }: FakeSurroundings): ManyLine[] {
  return stdout.lines.map((line) => JSON.parse(line) as ManyLine);
}

export async function manyScene(): Promise<ManyScene> {
  const graph = await fakeGraph();
  const folder = await mkdtemp(join(tmpdir(), 'graph-watch-many-'));
  const file = join(folder, 'targets');
  const idIn = (url: string): string => url.split('/')[3] ?? '';
  const named = ({ url }: { url: string }): GraphAnswer => ({ notificationUrl: `${graph.pushUrl}/notifications?token=${idIn(url)}` });
  graph.answers.push(...Array.from({ length: 50 }, () => named));
  return {
    graph, folder, file, named,
    async start(targets, flags = [], { clock, tty = {} } = {}) {
      await writeFile(file, targets);
      const env = { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url };
      const s = fakeSurroundings({ env, tty, random: () => 0.001, ...(clock === undefined ? {} : { clock }) });
      return {
        s,
        done: main(['watch', 'many', file, '--lifecycle', ...flags], s),
        lines: () => linesOf(s),
        ready: async (count) => { await s.stdout.until((text) => text.split('"type":"ready"').length > count); },
      };
    },
    refusing: (answers) => (request) => answers[idIn(request.url)] ?? named(request),
    async connectionOf(id) {
      const find = (): PushConnection | undefined =>
        graph.connections.findLast(({ url, namespace, isClosed }) => url.includes(`token=${id}&`) && namespace !== undefined && !isClosed);
      await graph.until(() => find() !== undefined);
      return find()!;
    },
    async close() {
      await graph.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

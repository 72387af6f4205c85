import { changes } from '../../src/changes/changes.ts';
import { PollSchedule } from '../../src/changes/poll-schedule.ts';
import { resourceUnits as publishedUnits } from '../../src/emulator/graph/throttling/resource-units.ts';
import { parseAddress } from '../../src/emulator/graph/address/parse-address.ts';
import { driveDelta } from '../../src/graph/delta.ts';
import { createGraph } from '../../src/graph/http.ts';
import { RequestPace } from '../../src/graph/request-pace.ts';
import type { HttpRequest, HttpResponse } from '../../src/net/send.ts';
import { retryDelay } from '../../src/retry-policy.ts';
import { chance, EventClock } from './event-clock.ts';

export interface SimulatedDayOptions {
  drives: number;
  hours: number;
  /** Resource units per minute; by default that of the tool. */
  budget?: number;
  seed: number;
}

export interface SimulatedDay {
  /** The number of changes in the drives, and of those reported. */
  made: number;
  reported: number;
  /** The time from each change to its report, in milliseconds, sorted. */
  delaysMs: number[];
  requests: number;
  /** Resource units, as the service counts them: the most in any 60 seconds, and the total. */
  mostPerMinute: number;
  units: number;
  /** The longest time between two queries of any drive, in milliseconds. */
  longestPauseMs: number;
}

/** How long a change takes to appear in delta, in milliseconds: at least, at most. */
const LAG_MS = [5_000, 60_000] as const;
const MINUTE = 60_000;
const HOUR = 3_600_000;

interface Save {
  file: number;
  at: number;
  /** When it appears in delta. */
  shownAt: number;
  reportedAt: number | undefined;
}

/** When people save in a drive. A tenth of the drives have eight sessions a day, four tenths have two, the others one in five days. A session has a save about every two and a half minutes for half an hour. */
function savesOf(begin: number, hours: number, random: () => number): Save[] {
  const kind = random();
  const perDay = kind < 0.1 ? 8 : kind < 0.5 ? 2 : 0.2;
  const saves: Save[] = [];
  const sittings = Math.floor((perDay * hours) / 24 + random());
  for (let sitting = 0; sitting < sittings; sitting += 1) {
    let at = begin + 10 * MINUTE + random() * (hours * HOUR - 45 * MINUTE);
    for (const end = at + 30 * MINUTE; at < end; at -= 2.5 * MINUTE * Math.log(1 - random())) {
      saves.push({ file: Math.floor(random() * 5), at: Math.round(at), shownAt: Math.round(at + LAG_MS[0] + random() * (LAG_MS[1] - LAG_MS[0])), reportedAt: undefined });
    }
  }
  return saves.sort((one, other) => one.shownAt - other.shownAt);
}

/** `simulatedDay` polls drives as `watch many --poll auto` does, with a service in memory and a simulated clock. */
export async function simulatedDay({ drives, hours, budget, seed }: SimulatedDayOptions): Promise<SimulatedDay> {
  const clock = new EventClock();
  const begin = clock.now();
  const random = chance(seed);
  const saves = Array.from({ length: drives }, () => savesOf(begin, hours, random));
  const spent: { at: number; units: number }[] = [];
  const queriedAt = Array.from({ length: drives }, () => Infinity);
  let longestPauseMs = 0;

  const send = ({ method, url }: HttpRequest): Promise<HttpResponse> => {
    const { pathname, searchParams } = new URL(url);
    const address = parseAddress(pathname.replace('/v1.0', ''));
    if (address === undefined) throw new Error(`no such address: ${pathname}`);
    spent.push({ at: clock.now(), units: publishedUnits(method, address, searchParams) });
    const drive = Number(/\/drives\/d(\d+)\//.exec(pathname)?.[1]);
    longestPauseMs = Math.max(longestPauseMs, clock.now() - (queriedAt[drive] ?? Infinity));
    queriedAt[drive] = clock.now();
    const shown = (saves[drive] ?? []).filter(({ shownAt }) => shownAt <= clock.now());
    const token = searchParams.get('token') ?? '';
    const since = token === 'latest' ? shown.length : Number(token);
    const changed = new Map(shown.slice(since).map((save) => [save.file, save]));
    const value = [...changed.values()].map(({ file, at, shownAt }) => ({
      id: `f${file}`, name: `${file}.txt`, file: {}, eTag: `"${file},${shownAt}"`, createdDateTime: '2020-01-01T00:00:00Z', lastModifiedDateTime: new Date(at).toISOString(),
      parentReference: { id: 'R', path: `/drives/d${drive}/root:` },
    }));
    const body = JSON.stringify({ value, '@odata.deltaLink': `https://graph.example/v1.0/drives/d${drive}/root/delta?token=${shown.length}` });
    return Promise.resolve({ status: 200, headers: { date: new Date(clock.now()).toUTCString() }, body });
  };

  const pace = new RequestPace({ clock, onDelay: () => undefined });
  if (budget !== undefined) pace.limitTo(budget);
  const get = createGraph({ graphUrl: 'https://graph.example', send, token: () => Promise.resolve('token'), clock, pace, userAgent: 'simulated', debug: () => undefined });
  const schedule = new PollSchedule({ clock, random, unitsPerMinute: () => pace.unitsPerMinute });
  const stop = new AbortController();
  const watches = saves.map(async (all, drive) => {
    const target = { kind: 'drive', driveId: `d${drive}` } as const;
    const stream = changes({
      target: `drive:d${drive}`, source: driveDelta(target, get, 'https://graph.example'), clock, signal: stop.signal, withNotifications: false, index: 'never',
      trigger: { pace: () => schedule.join() }, retryDelay: (trouble) => retryDelay(trouble, random), onProgress: () => undefined,
    });
    for await (const event of stream.events) {
      if (event.type !== 'change') continue;
      const shownAt = Number(/,(\d+)/.exec(event.item.eTag ?? '')?.[1]);
      for (const save of all) if (`F${save.file}` === event.item.id.toUpperCase() && save.shownAt <= shownAt) save.reportedAt ??= clock.now();
    }
  });
  await clock.run(begin + hours * HOUR + 30 * MINUTE);
  stop.abort();
  await Promise.all(watches);

  const every = saves.flat();
  const delaysMs = every.flatMap(({ at, reportedAt }) => (reportedAt === undefined ? [] : [reportedAt - at])).sort((one, other) => one - other);
  return {
    made: every.length, reported: delaysMs.length, delaysMs, requests: spent.length, mostPerMinute: mostInAMinute(spent), units: spent.reduce((sum, { units }) => sum + units, 0), longestPauseMs,
  };
}

function mostInAMinute(spent: readonly { at: number; units: number }[]): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { at, units } of spent) {
    sum += units;
    for (let oldest = spent[first]; oldest !== undefined && oldest.at <= at - MINUTE; oldest = spent[first]) {
      sum -= oldest.units;
      first += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** `percentile` returns the value below which this part of the sorted values lies. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

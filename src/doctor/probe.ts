import { randomBytes } from 'node:crypto';
import { toError, usageError, WatchError } from '../errors.ts';
import { driveDelta } from '../graph/delta.ts';
import type { GraphRequest } from '../graph/http.ts';
import { drivePath, type Target } from '../graph/targets.ts';
import { rejectWhenAborted } from '../lib/abort.ts';
import { describeDuration } from '../lib/duration.ts';
import { field, isRecord, textField } from '../lib/json.ts';
import { safeText } from '../output/safe-text.ts';
import type { Journey } from './journey.ts';
import type { PushTrial } from './push-trial.ts';
import { covers, howToGet, leastScope } from './scopes.ts';
import type { Finding, Step } from './steps.ts';

/** Notifications were seen after 5 to 36 s, and once none in 45 s. */
const NOTIFICATION_MS = 2 * 60_000;
/** Delta can lag the change by another minute. */
const DELTA_MS = 60_000;
/** Between two queries of delta. */
const DELTA_PAUSE_MS = 2_000;
/** A small file is written within this time. */
const WRITE_MS = 30_000;
/** The file is deleted within this time, whatever else has ended. */
const CLEAN_UP_MS = 20_000;
/** A file that another program is reading is locked for a moment. */
const ATTEMPTS = 4;
const PAUSE_MS = 2_000;

const CONTENT = 'graph-watch doctor created this file to measure how long its notification takes. You can delete it.\n';

/** `probeStep` creates a small file, waits for its notification and for its entry in delta, and deletes it again. */
export const probeStep: Step = {
  name: 'probe',
  needs: ['scopes', 'namespace', 'delta'],
  // Its own limits apply before this one.
  limitMs: () => NOTIFICATION_MS + DELTA_MS + CLEAN_UP_MS + 60_000,
  async run(journey, signal): Promise<Finding> {
    const { probeFolder, target, push, get, context, onEnd } = journey;
    if (probeFolder === undefined) return { detail: 'only with --probe <folder>, where it briefly creates a small file', skipped: true };
    if (target === undefined || push === undefined) return { detail: 'no drive was specified', skipped: true };
    const folder = segmentsOf(probeFolder);
    await checkFolder(get, target, folder, signal);
    const name = `graph-watch-doctor-${randomBytes(6).toString('hex')}.txt`;
    const shown = `/${[...folder, name].join('/')}`;
    const path = `${drivePath(target)}/root:${encoded([...folder, name])}`;
    // Not with the step's signal: an aborted request may be carried out all the same, after the file was deleted.
    const sentAt = performance.now();
    const written = write(journey, path, AbortSignal.timeout(WRITE_MS));
    let away: Promise<boolean> | undefined;
    const takeAwayOnce = (): Promise<boolean> => (away ??= takeAway(journey, written, path, shown));
    onEnd(async () => { await takeAwayOnce(); });
    const forget = context.onAbruptExit(() => { context.people.always(`The file ${shown} may still be in the drive: delete it.`); });
    try {
      await rejectWhenAborted(written, signal);
      const detail = await measure(journey, push, { target, name, sentAt }, signal);
      return { detail: `${detail}; ${(await takeAwayOnce()) ? 'the file was deleted again' : `the file ${shown} may still be there`}` };
    } finally {
      await takeAwayOnce();
      forget();
    }
  },
};

async function measure(journey: Journey, push: PushTrial, { target, name, sentAt }: { target: Target; name: string; sentAt: number }, signal: AbortSignal): Promise<string> {
  const { measured, context: { surroundings: { clock } } } = journey;
  // The answer says that the file is there; its notification may have overtaken it.
  const changedAt = performance.now();
  const notified = await within(clock, NOTIFICATION_MS, signal, (limit) => push.notificationAfter(sentAt, limit));
  const lagMs = (at: number | undefined): number | null => (at === undefined ? null : Math.max(0, Math.round(at - changedAt)));
  const seen = await within(clock, DELTA_MS, signal, (limit) => seenInDelta(journey, target, name, limit));
  measured.probe = { notificationMs: lagMs(notified), deltaMs: lagMs(seen), notifications: push.notifications.filter((at) => at >= sentAt).length };
  if (notified === undefined) {
    throw new WatchError('network', `no notification of the change came within ${describeDuration(NOTIFICATION_MS)}${seen === undefined ? '' : '; delta reported it'}`, {
      code: 'noNotification', hint: 'Try again. If this persists, watch --poll 30s works without notifications.',
    });
  }
  return `the notification came ${describeDuration(lagMs(notified) ?? 0)} after the change; delta ${seen === undefined ? `did not report it within another ${describeDuration(DELTA_MS)}` : `reported it after ${describeDuration(lagMs(seen) ?? 0)}`}`;
}

async function write({ get, scopes, isOwnDrive, tokens }: Journey, path: string, signal: AbortSignal): Promise<void> {
  const scope = leastScope({ own: isOwnDrive, write: true });
  try {
    await get(`${path}:/content?@microsoft.graph.conflictBehavior=fail`, signal, { method: 'PUT', body: CONTENT, headers: { 'content-type': 'text/plain' } });
  } catch (error) {
    if (!(error instanceof WatchError) || error.status !== 403) throw error;
    const known = scopes !== undefined && covers(scopes, { own: isOwnDrive, write: true }) === 'yes';
    throw new WatchError('refused', `${error.message}${known ? '' : `; writing needs the scope ${scope}`}`, {
      code: error.code, status: error.status, requestId: error.requestId, cause: error,
      hint: known ? 'The account cannot write to this folder: choose another one.' : howToGet(tokens.kind, scope),
    });
  }
}

async function checkFolder(get: GraphRequest, target: Target, folder: readonly string[], signal: AbortSignal): Promise<void> {
  if (folder.length === 0) return;
  const { status, body } = await get(`${drivePath(target)}/root:${encoded(folder)}?$select=id,folder`, signal, { accept: [404] });
  const shown = `/${folder.join('/')}`;
  if (status === 404) throw new WatchError('refused', `there is no folder ${shown} in this drive`, { code: 'itemNotFound', status, hint: 'Choose a folder where a file can be created briefly; --probe / is the root of the drive.' });
  if (!isRecord(field(body, 'folder'))) throw new WatchError('refused', `${shown} is not a folder`, { code: 'notAFolder', hint: 'Choose a folder where a file can be created briefly.' });
}

/** Resolves with when delta named the file (monotonic, in milliseconds), or with `undefined` once the signal aborts. */
async function seenInDelta(journey: Journey, target: Target, name: string, signal: AbortSignal): Promise<number | undefined> {
  const { get, deltaLink, context: { settings, surroundings: { clock } } } = journey;
  if (deltaLink === undefined) return undefined;
  const delta = driveDelta(target, get, settings.graphUrl);
  let link = deltaLink;
  while (!signal.aborted) {
    const page = await delta.page({ link }, signal);
    if ('gone' in page) return undefined;
    if (page.items.some((item) => textField(item, 'name') === name)) return performance.now();
    link = page.next ?? page.cursor ?? link;
    if (page.next === undefined) await clock.sleep(DELTA_PAUSE_MS, signal);
  }
  return undefined;
}

/** Also runs after Ctrl-C, and if it is not known whether the file was created. Resolves with false, having said so, if it may still be there. */
async function takeAway({ get, context: { people, surroundings: { clock } } }: Journey, written: Promise<void>, path: string, shown: string): Promise<boolean> {
  const failure = await written.then(() => undefined, (error: unknown) => error);
  if (failure instanceof WatchError && (failure.category === 'refused' || failure.category === 'auth')) return true;
  const limit = AbortSignal.timeout(CLEAN_UP_MS);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await get(path, limit, { method: 'DELETE', accept: [404] });
      return true;
    } catch (error) {
      if (attempt < ATTEMPTS && !limit.aborted && mayPass(error)) {
        await clock.sleep(PAUSE_MS, limit);
        continue;
      }
      people.always(safeText(`The file ${shown} may still be in the drive (${toError(error).message}): delete it.`));
      return false;
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof WatchError && (error.category === 'network' || error.status === 423 || error.status === 409);
}

/** Does some work until a limit; resolves with `undefined` then. Rejects with the signal's reason. */
async function within<T>(clock: { sleep: (ms: number, signal?: AbortSignal) => Promise<void> }, ms: number, signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const stop = (): void => { over.abort(); };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const limit = clock.sleep(ms, over.signal).then(() => { over.abort(); return undefined; });
  try {
    const done = await Promise.race([work(over.signal), limit]);
    signal.throwIfAborted();
    return done;
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
  }
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((part) => part !== '');
  if (!segments.some((part) => part === '.' || part === '..')) return segments;
  throw usageError(`"${path}" is not a valid folder.`, 'Write its path from the root of the drive: /Reports/2026.');
}

function encoded(segments: readonly string[]): string {
  return segments.map((part) => `/${encodeURIComponent(part)}`).join('');
}

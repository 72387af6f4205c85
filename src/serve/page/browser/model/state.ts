import { asFields, numberIn, textIn, timeIn } from './json.ts';
import { many } from './times.ts';

export type DriveState = 'starting' | 'connected' | 'reconnecting' | 'polling' | 'ended';
const DRIVE_STATES: readonly DriveState[] = ['starting', 'connected', 'reconnecting', 'polling', 'ended'];

/** Drive is one watched target. Times are milliseconds since the epoch, as the server's clock has them. */
export interface Drive {
  readonly target: string;
  /** Its name for people: its label, or the drive's display name, or the target. */
  readonly name: string;
  readonly state: DriveState;
  readonly since: number | undefined;
  readonly caughtUp: boolean;
  readonly renewAt: number | undefined;
  readonly retryAt: number | undefined;
  readonly reason: string | undefined;
  readonly failed: boolean;
  readonly lastEventAt: number | undefined;
  readonly lastDelayMs: number | undefined;
  readonly events: number;
  readonly reconnects: number;
  readonly gaps: number;
}

/** WatchState is the content of `/state`. */
export interface WatchState {
  readonly version: string;
  readonly startedAt: number | undefined;
  readonly now: number | undefined;
  readonly mode: 'changes' | 'notifications';
  /** For a recording: how many times as fast as real time the server's clock runs, and whether everything was replayed. */
  readonly replay: { readonly rate: number; readonly ended: boolean } | undefined;
  readonly drives: readonly Drive[];
  /** Changes and notifications since the start. */
  readonly events: number;
  /** Lifecycle records. */
  readonly recent: readonly unknown[];
  readonly perMinute: { readonly counts: readonly number[]; readonly until: number } | undefined;
}

/** `watchState` reads the answer of `/state`; missing fields are absent, and unknown ones are ignored. */
export function watchState(answer: unknown): WatchState | undefined {
  const fields = asFields(answer);
  if (fields === undefined || !Array.isArray(fields.targets)) return undefined;
  return {
    version: textIn(fields, 'version') ?? '',
    startedAt: timeIn(fields, 'startedAt'),
    now: timeIn(fields, 'now'),
    mode: fields.mode === 'notifications' ? 'notifications' : 'changes',
    replay: replayed(asFields(fields.replay)),
    drives: fields.targets.map(driveOf).filter((drive) => drive !== undefined),
    events: numberIn(asFields(fields.totals), 'events') ?? 0,
    recent: Array.isArray(fields.recent) ? fields.recent : [],
    perMinute: perMinute(fields.perMinute),
  };
}

function replayed(fields: Record<string, unknown> | undefined): WatchState['replay'] {
  return fields === undefined ? undefined : { rate: numberIn(fields, 'rate') ?? 0, ended: fields.ended === true };
}

function perMinute(value: unknown): WatchState['perMinute'] {
  const fields = asFields(value);
  const until = timeIn(fields, 'until');
  if (until === undefined || !Array.isArray(fields?.counts)) return undefined;
  return { until, counts: fields.counts.map((count: unknown) => (typeof count === 'number' ? count : 0)) };
}

function driveOf(value: unknown): Drive | undefined {
  const fields = asFields(value);
  const target = textIn(fields, 'target');
  if (fields === undefined || target === undefined) return undefined;
  return {
    target,
    name: textIn(fields, 'label') ?? textIn(fields, 'name') ?? target,
    state: DRIVE_STATES.find((state) => state === fields.state) ?? 'starting',
    since: timeIn(fields, 'since'),
    caughtUp: fields.caughtUp !== false,
    renewAt: timeIn(fields, 'renewAt'),
    retryAt: timeIn(fields, 'retryAt'),
    reason: textIn(fields, 'reason'),
    failed: fields.failed === true,
    lastEventAt: timeIn(fields, 'lastEventAt'),
    lastDelayMs: numberIn(fields, 'lastDelayMs'),
    events: numberIn(fields, 'events') ?? 0,
    reconnects: numberIn(fields, 'reconnects') ?? 0,
    gaps: numberIn(fields, 'gaps') ?? 0,
  };
}

/** Contact says whether the page is in contact with the watch. */
export type Contact =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** `since` when, by this machine's clock. */
  | { readonly state: 'lost'; readonly since: number }
  /** The watch has announced its end. */
  | { readonly state: 'over'; readonly since: number; readonly reason: string }
  /** The watch answers, but refuses this page: the token has changed. */
  | { readonly state: 'refused' };

export type Mood = 'good' | 'waiting' | 'bad' | 'over';

export interface Status {
  readonly mood: Mood;
  /** One or two words. */
  readonly word: string;
  readonly sentence: string;
}

/** `statusOf` returns the watch's status in plain words. */
export function statusOf(contact: Contact, state: WatchState | undefined): Status {
  switch (contact.state) {
    case 'over':
      return { mood: 'over', word: 'Ended', sentence: `The watch has ended: ${contact.reason}. What is shown here stays until you close this page; new changes appear when the watch is restarted.` };
    case 'lost':
      return { mood: 'bad', word: 'Disconnected', sentence: 'This page has lost contact with graph-watch and is trying to reconnect. Until then, it shows no new changes.' };
    case 'refused':
      return { mood: 'bad', word: 'Signed out', sentence: 'graph-watch asks for the token again. Reload this page to enter it.' };
    case 'connecting':
      return { mood: 'waiting', word: 'Starting', sentence: 'Waiting for graph-watch…' };
    case 'open':
      return state === undefined ? { mood: 'waiting', word: 'Starting', sentence: 'Waiting for graph-watch…' } : ofWatch(state);
  }
}

function ofWatch({ replay, drives }: WatchState): Status {
  if (replay === undefined) return ofDrives(drives);
  if (replay.ended) return { mood: 'over', word: 'Replayed', sentence: 'This is a recording, and all of it has been replayed. Times are the recorded ones.' };
  return { mood: 'good', word: 'Replay', sentence: `This is a recording${replay.rate > 1 ? `, replayed ${replay.rate.toLocaleString('en')} times as fast` : ''}. Times are the recorded ones.` };
}

function ofDrives(drives: readonly Drive[]): Status {
  const [only] = drives;
  if (only !== undefined && drives.length === 1) return ofOne(only);
  const count = (...states: readonly DriveState[]): number => drives.filter(({ state }) => states.includes(state)).length;
  const [starting, again, ended] = [count('starting'), count('reconnecting'), count('ended')];
  if (drives.length > 0 && ended === drives.length) return { mood: 'over', word: 'Ended', sentence: 'No drives are being watched any more.' };
  const trouble = [
    again > 0 ? `${again.toLocaleString('en')} ${again === 1 ? 'is' : 'are'} not connected` : '',
    starting > 0 ? `${starting.toLocaleString('en')} ${starting === 1 ? 'is' : 'are'} starting` : '',
    ended > 0 ? `${ended.toLocaleString('en')} ${ended === 1 ? 'has' : 'have'} ended` : '',
  ].filter((text) => text !== '').join(', ');
  if (trouble === '') return { mood: 'good', word: 'Live', sentence: `All ${many(drives.length, 'drive')} are being watched. Changes appear here as they happen.` };
  const fine = count('connected', 'polling');
  return { mood: again > 0 || fine === 0 ? 'waiting' : 'good', word: fine === 0 ? 'Starting' : 'Partly live', sentence: `${fine.toLocaleString('en')} of ${many(drives.length, 'drive')} are being watched; ${trouble}.` };
}

function ofOne({ state, reason, failed, caughtUp }: Drive): Status {
  const because = reason === undefined ? '' : ` (${reason})`;
  switch (state) {
    case 'connected':
      return caughtUp
        ? { mood: 'good', word: 'Live', sentence: 'Changes appear here as they happen.' }
        : { mood: 'good', word: 'Catching up', sentence: 'Connected; fetching earlier changes.' };
    case 'polling':
      return { mood: 'good', word: 'Live', sentence: 'graph-watch checks for changes at short intervals; changes appear here.' };
    case 'starting':
      return { mood: 'waiting', word: 'Starting', sentence: 'Connecting to the drive…' };
    case 'reconnecting':
      return { mood: 'waiting', word: 'Retrying', sentence: `Not connected to the drive${because}. Retrying…` };
    case 'ended':
      return { mood: failed ? 'bad' : 'over', word: failed ? 'Failed' : 'Ended', sentence: `The watch on this drive has ended${because}.` };
  }
}

const URGENCY: readonly DriveState[] = ['ended', 'reconnecting', 'starting', 'polling', 'connected'];

/** Library 2 comes before Library 10. */
const BY_NAME = new Intl.Collator('en', { numeric: true });

/** `sortedDrives` returns those whose name or target contains the text: what needs attention first, then by name. */
export function sortedDrives(drives: readonly Drive[], text: string): Drive[] {
  const wanted = text.trim().toLowerCase();
  const rank = (drive: Drive): number => (drive.failed ? -1 : URGENCY.indexOf(drive.state));
  return drives
    .filter(({ name, target }) => name.toLowerCase().includes(wanted) || target.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || BY_NAME.compare(a.name, b.name));
}

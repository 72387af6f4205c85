import { targetKey, type ChangeKind, type WatchEvent } from '../events.ts';
import { present } from '../lib/json.ts';
import type { Clock } from '../surroundings.ts';
import { Minutes, type PerMinute } from './minutes.ts';

/** TargetState is a target's current state, as `GET /state` reports it. Times are RFC 3339. */
export interface TargetState {
  target: string;
  label?: string;
  state: 'starting' | 'connected' | 'reconnecting' | 'polling' | 'ended';
  /** When this state began. */
  since: string;
  /** With `--changes`: whether everything up to the latest connect has been reported. */
  caughtUp?: boolean;
  renewAt?: string;
  retryAt?: string;
  reason?: string;
  failed?: boolean;
  lastEventAt?: string;
  /** The time from the latest change, according to Graph, to its line, in milliseconds. */
  lastDelayMs?: number;
  events: number;
  reconnects: number;
  gaps: number;
  renewals: number;
}

/** Totals are counted over all targets, since the start. */
export interface Totals {
  events: number;
  changes: Record<ChangeKind, number>;
  notifications: number;
  reconnects: number;
  gaps: number;
  gapSeconds: number;
  renewals: number;
  /** Connections that were lost or could not be made. */
  failures: number;
}

/** Watched is a target that is being watched at the moment. `caughtUp`: `undefined` where only notifications are watched. */
export interface Watched {
  target: string;
  label?: string | undefined;
  /** Distinguishes it from other targets of the same name. */
  key?: string | undefined;
  caughtUp?: boolean | undefined;
}

/** Recorded says how the recording that the events come from is being replayed. */
export interface Recorded {
  /** How many times as fast as real time the clock of the recording runs; 0: it stands still, or jumps from event to event. */
  readonly rate: number;
  /** Whether everything was replayed. */
  readonly ended: boolean;
}

/** Described is the part of the answer to `GET /state` that is about the watch. */
export interface Described {
  version: string;
  mode: 'changes' | 'notifications';
  /** Absent before the first event of a recording. */
  startedAt?: string;
  now: string;
  /** Present only for a recording, of which `now` is the time. */
  replay?: Recorded;
  ready: boolean;
  targets: (TargetState & { name?: string })[];
  totals: Totals;
  perMinute: PerMinute;
}

export interface WatchStateOptions {
  clock: Clock;
  watching: () => readonly Watched[];
  /** Whether there may be more targets, about which Graph is still being asked: until then, the watch is not ready. */
  isLookingUp?: (() => boolean) | undefined;
  /** For a process that may have nothing to watch, such as a member of a cluster: whether it is ready itself. */
  standby?: (() => boolean) | undefined;
  /** Whether the events come from a recording: then their targets count as those being watched. */
  recorded?: Recorded | undefined;
  redact: (text: string) => string;
}

/** Readiness is the answer of `GET /readyz`. */
export interface Readiness {
  ready: boolean;
  targets: number;
  /** How many are connected or polled, and have caught up. */
  connected: number;
}

type Known = Omit<TargetState, 'label' | 'caughtUp' | 'since' | 'renewAt' | 'retryAt' | 'lastEventAt'> & {
  label: string | undefined;
  since: number;
  renewAt?: number | undefined;
  retryAt?: number | undefined;
  lastEventAt?: number | undefined;
  /** Whether it has been ready before: each further time is a reconnect. */
  met: boolean;
};

/** How many targets that have ended are remembered. */
const MOST_ENDED = 100;

/** WatchState follows the events of a watch, and knows each target's state. */
export class WatchState {
  readonly totals: Totals = {
    events: 0, changes: { created: 0, modified: 0, renamed: 0, moved: 0, deleted: 0, shared: 0, unknown: 0 }, notifications: 0, reconnects: 0, gaps: 0, gapSeconds: 0, renewals: 0, failures: 0,
  };
  /** When the latest event came. */
  lastEventAt: number | undefined;
  readonly #options: WatchStateOptions;
  #startedAt: number | undefined;
  readonly #minutes: Minutes;
  readonly #known = new Map<string, Known>();

  constructor(options: WatchStateOptions) {
    this.#options = options;
    const now = options.clock.now();
    if (options.recorded === undefined) this.#startedAt = now;
    this.#minutes = new Minutes(now);
  }

  /** `note` takes an event; `delayMs`: from the change to its line, if known. */
  note(event: WatchEvent, delayMs: number | undefined): void {
    this.#startedAt ??= event.time;
    const known = this.#of(event);
    switch (event.type) {
      case 'change':
      case 'notification':
        known.events += 1;
        known.lastEventAt = this.lastEventAt = event.time;
        // A recording may begin in the middle, or contain only changes: a target that reports something is connected.
        if (this.#isConnectedBy(event, known)) enter(known, event.type === 'change' && event.via === 'poll' ? 'polling' : 'connected', event.time);
        if (delayMs !== undefined) known.lastDelayMs = delayMs;
        this.totals.events += 1;
        this.#minutes.add(event.time);
        if (event.type === 'change') this.totals.changes[event.change] += 1;
        else this.totals.notifications += 1;
        return;
      case 'ready':
        if (known.met) {
          known.reconnects += 1;
          this.totals.reconnects += 1;
        }
        enter(known, event.via === 'poll' ? 'polling' : 'connected', event.time);
        known.met = true;
        known.renewAt = event.renewAt;
        return;
      case 'renewed':
        known.renewals += 1;
        this.totals.renewals += 1;
        known.renewAt = event.renewAt;
        return;
      case 'reconnecting':
        this.totals.failures += 1;
        if (known.state !== 'reconnecting') enter(known, 'reconnecting', event.time);
        known.retryAt = event.time + event.delayMs;
        known.reason = this.#options.redact(event.reason);
        return;
      case 'gap':
        known.gaps += 1;
        this.totals.gaps += 1;
        this.totals.gapSeconds += Math.max(0, event.to - event.from) / 1000;
        return;
      case 'end':
        enter(known, 'ended', event.time);
        known.met = false;
        known.reason = this.#options.redact(event.reason);
        known.failed = event.failed;
        this.#forgetSomeEnded();
        return;
      case 'indexing':
      case 'warning':
      case 'checkpoint':
        return;
    }
  }

  /** `targets` returns the state of each target that is watched, and of those that have ended. */
  targets(): TargetState[] {
    if (this.#options.recorded !== undefined) return [...this.#known.values()].map((known) => shown(known));
    const watching = this.#options.watching();
    const keys = new Set(watching.map((watched) => this.#keyOf(watched)));
    const ended = [...this.#known.entries()].filter(([key, { state }]) => state === 'ended' && !keys.has(key)).map(([, known]) => known);
    return [
      // Its label may have changed since its last event.
      ...watching.map(({ caughtUp, ...watched }) => shown({ ...(this.#known.get(this.#keyOf(watched)) ?? starting(watched, this.#startedAt ?? 0)), label: watched.label }, caughtUp)),
      ...ended.map((known) => shown(known)),
    ];
  }

  /** `readiness` returns whether all targets, or at least a given number, are connected and have caught up. One that failed for good counts as not ready. */
  readiness(least?: number): Readiness {
    const targets = this.targets().filter(({ state, failed }) => state !== 'ended' || failed === true);
    const connected = targets.filter(({ state, caughtUp }) => (state === 'connected' || state === 'polling') && caughtUp !== false).length;
    const standby = this.#options.recorded === undefined ? this.#options.standby?.() : this.#known.size > 0;
    const all = connected === targets.length && (standby ?? targets.length > 0) && this.#options.isLookingUp?.() !== true;
    return { ready: least === undefined ? all : connected >= least && standby !== false, targets: targets.length, connected };
  }

  /** `describe` returns what `GET /state` answers about the watch. `name`: the display name of the only target. */
  describe({ version, mode, name }: { version: string; mode: 'changes' | 'notifications'; name: string | undefined }): Described {
    const { clock, recorded } = this.#options;
    const now = clock.now();
    const targets = this.targets();
    const [only] = targets;
    return {
      version, mode, ...present({ startedAt: rfc3339(this.#startedAt) }), now: rfc3339(now), ...(recorded === undefined ? {} : { replay: { rate: recorded.rate, ended: recorded.ended } }), ready: this.readiness().ready,
      targets: only === undefined || targets.length > 1 || name === undefined ? targets : [{ ...only, name }],
      totals: this.totals,
      perMinute: this.#minutes.upTo(now),
    };
  }

  /** Returns whether an event shows that its target is connected. Changes that are caught up on come before that, but a recording may contain nothing else. */
  #isConnectedBy(event: WatchEvent, { state }: Known): boolean {
    if (this.#options.recorded !== undefined) return state === 'starting' || state === 'ended';
    return state === 'starting' && !(event.type === 'change' && event.via === 'catchup');
  }

  #of(event: WatchEvent): Known {
    const key = this.#keyOf(event);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = starting(event, event.time);
      this.#known.set(key, known);
    }
    known.label = event.label;
    return known;
  }

  /** A recording has no keys: there, a target is what has the same name and label. */
  #keyOf(named: { target: string; label?: string | undefined; key?: string | undefined }): string {
    return this.#options.recorded === undefined ? targetKey(named) : JSON.stringify([named.target, named.label]);
  }

  #forgetSomeEnded(): void {
    const ended = [...this.#known].filter(([, { state }]) => state === 'ended');
    for (const [key] of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#known.delete(key);
  }
}

function starting({ target, label }: { target: string; label?: string | undefined }, since: number): Known {
  return { target, label, state: 'starting', since, met: false, events: 0, reconnects: 0, gaps: 0, renewals: 0 };
}

function enter(known: Known, state: TargetState['state'], at: number): void {
  known.state = state;
  known.since = at;
  known.renewAt = undefined;
  known.retryAt = undefined;
  delete known.reason;
  delete known.failed;
}

function shown({ target, label, state, since, renewAt, retryAt, reason, failed, lastEventAt, lastDelayMs, events, reconnects, gaps, renewals }: Known, caughtUp?: boolean): TargetState {
  return present({
    target, label, state, since: rfc3339(since), caughtUp, renewAt: rfc3339(renewAt), retryAt: rfc3339(retryAt), reason, failed, lastEventAt: rfc3339(lastEventAt), lastDelayMs, events, reconnects, gaps, renewals,
  });
}

function rfc3339<T extends number | undefined>(time: T): T extends number ? string : string | undefined {
  return (time === undefined ? undefined : new Date(time).toISOString()) as T extends number ? string : string | undefined;
}

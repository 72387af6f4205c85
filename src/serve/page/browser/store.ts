import { EventsLink } from './events-link.ts';
import { EVERYTHING, find, isActive, type Filter, type Found } from './model/filter.ts';
import { History } from './model/history.ts';
import { many } from './model/times.ts';
import { watchState, type Contact, type WatchState } from './model/state.ts';

/** The shortest time between two requests for `/state`, in milliseconds: a thousand drives make a long answer. */
const SHORT_PAUSE_MS = 2_000;
const LONG_PAUSE_MS = 10_000;
const MANY_DRIVES = 100;
/** How often the state is requested if there is no event, in milliseconds, for what is due to be renewed. */
const IDLE_MS = 30_000;
/** The shortest time between two redraws for incoming events, in milliseconds. */
const DRAW_MS = 200;

/** Store holds what the page shows, which it polls and listens for. Views read it, and are redrawn when it has changed. */
export class Store {
  readonly history = new History();
  state: WatchState | undefined;
  contact: Contact = { state: 'connecting' };
  filter: Filter = EVERYTHING;
  /** Rows after this one are held back; if `undefined`, the newest are shown as they come. */
  heldAt: number | undefined;
  /** Whether they are held back only while the focus is in the list. */
  isHeldByFocus = false;
  /** The page of the list that is shown; 0 has the newest rows. */
  page = 0;
  /** The row whose record is shown. */
  opened: number | undefined;
  readonly #draw: () => void;
  readonly #link: EventsLink;
  #drawing: number | undefined;
  #asking: number | undefined;
  #isAsking = false;
  /** The time on the server's clock, when that was by this machine's clock, and how fast it runs (a recording's may run faster than real time). */
  #clock = { server: 0, here: 0, rate: 1 };
  #found: { version: number; filter: Filter; found: Found } | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
    this.#link = new EventsLink({
      opened: () => {
        this.contact = { state: 'open' };
        void this.#ask();
        this.changed();
      },
      record: (raw, id) => {
        const row = this.history.add(raw, id);
        this.#askSoon(row?.kind === 'connection' || row === undefined ? SHORT_PAUSE_MS / 4 : SHORT_PAUSE_MS);
        this.changed();
      },
      missed: ({ count, from, to }) => {
        const until = to ?? this.now();
        const since = from ?? this.#lastSeen();
        if (since !== undefined && since < until) this.history.shade({ from: since, to: until, missing: true });
        this.history.note(count === undefined ? 'This page was disconnected; changes from that time may be missing from this list' : `This page could not keep up: ${many(count, 'entry', 'entries')} ${count === 1 ? 'is' : 'are'} missing from this list`, until);
        this.changed();
      },
      closing: (reason) => {
        this.contact = { state: 'over', since: this.now(), reason };
        this.changed();
      },
      lost: () => {
        if (this.contact.state === 'open' || this.contact.state === 'connecting') this.contact = { state: 'lost', since: this.now() };
        // A refused stream does not say why; this answer does.
        this.#askSoon(SHORT_PAUSE_MS);
        this.changed();
      },
    });
  }

  start(): void {
    this.#link.open();
    void this.#ask();
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.#ask();
    });
    window.addEventListener('online', () => {
      if (this.contact.state !== 'open') this.#link.open();
    });
    window.setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      this.changed();
    }, 1_000);
    window.setInterval(() => {
      if (document.visibilityState === 'visible' && this.contact.state === 'open') void this.#ask();
    }, IDLE_MS);
  }

  /** `now` returns the time by the server's clock, in milliseconds. */
  now(): number {
    const { server, here, rate } = this.#clock;
    return server + (Date.now() - here) * rate;
  }

  /** `changed` redraws soon, once for everything that comes within a short time. */
  changed(): void {
    if (this.#drawing !== undefined) return;
    this.#drawing = window.setTimeout(() => {
      this.#drawing = undefined;
      this.#draw();
    }, DRAW_MS);
  }

  /** `set` changes what the viewer has chosen, and redraws at once. */
  set(change: Partial<Pick<Store, 'filter' | 'heldAt' | 'isHeldByFocus' | 'page' | 'opened'>>): void {
    Object.assign(this, change);
    this.#draw();
  }

  setFilter(change: Partial<Filter>): void {
    this.set({ filter: { ...this.filter, ...change }, page: 0, heldAt: undefined });
  }

  /** `found` returns what passes the filter. */
  found(): Found {
    const { version, rows } = this.history;
    if (this.#found?.version !== version || this.#found.filter !== this.filter) this.#found = { version, filter: this.filter, found: find(rows, this.filter) };
    return this.#found.found;
  }

  get isFiltered(): boolean {
    return isActive(this.filter);
  }

  /** `nameOf` returns a drive's name for people. */
  nameOf(target: string): string {
    return this.state?.drives.find((drive) => drive.target === target)?.name ?? target;
  }

  #lastSeen(): number | undefined {
    return this.history.rows.at(-1)?.seen;
  }

  #askSoon(after: number): void {
    const pause = (this.state?.drives.length ?? 0) > MANY_DRIVES ? LONG_PAUSE_MS : after;
    this.#asking ??= window.setTimeout(() => void this.#ask(), pause);
  }

  async #ask(): Promise<void> {
    window.clearTimeout(this.#asking);
    this.#asking = undefined;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const answer = await fetch('state', { headers: { accept: 'application/json' } });
      if (answer.status === 401) this.contact = { state: 'refused' };
      if (!answer.ok) return;
      this.#take(watchState(await answer.json()));
    } catch {
      // There is no contact: the stream reports that, and is retried.
    } finally {
      this.#isAsking = false;
      this.changed();
    }
  }

  #take(state: WatchState | undefined): void {
    if (state === undefined) return;
    if (state.now !== undefined) this.#clock = { server: state.now, here: Date.now(), rate: state.replay?.rate ?? 1 };
    const before = this.state?.startedAt;
    if (before !== undefined && state.startedAt !== undefined && before !== state.startedAt) {
      this.history.note('graph-watch was restarted', state.startedAt);
    }
    for (const record of state.recent) this.history.mark(record);
    if (state.perMinute !== undefined) this.history.told(state.perMinute.counts, state.perMinute.until);
    this.state = state;
  }
}

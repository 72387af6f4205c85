import type { JSX } from 'preact';
import { MINUTE_MS } from '../model/history.ts';
import { statusOf } from '../model/state.ts';
import { timelineOf } from '../model/timeline.ts';
import { ago, many, spell } from '../model/times.ts';
import type { Store } from '../store.ts';
import { ForeignText } from './foreign-text.tsx';

/** Headline shows what is watched, its status, and the four numbers that most people want. */
export function Headline({ store }: { store: Store }): JSX.Element {
  const status = statusOf(store.contact, store.state);
  return (
    <header class="headline">
      <p class="brand"><span class="brand-mark" aria-hidden="true" />graph-watch</p>
      <div class="title-line">
        <h1><Title store={store} /></h1>
        <p class={`pill ${status.mood}`}><span class="dot" aria-hidden="true" />{status.word}</p>
      </div>
      <p class="sentence" role="status"><ForeignText text={status.sentence} longest={500} /></p>
      {store.state?.mode === 'notifications' && <p class="sentence">graph-watch was started without <code>--changes</code>: this page shows when something changed, but not what, or by whom.</p>}
      <Numbers store={store} />
    </header>
  );
}

function Title({ store: { state } }: { store: Store }): JSX.Element {
  if (state === undefined) return <>What is changing</>;
  const [only] = state.drives;
  if (only !== undefined && state.drives.length === 1) return only.name === 'me' ? <>Changes in your OneDrive</> : <>Changes in <ForeignText text={only.name} longest={100} /></>;
  return <>Changes in {many(state.drives.length, 'drive')}</>;
}

function Numbers({ store }: { store: Store }): JSX.Element {
  const { history, state } = store;
  const now = store.now();
  const since = now - 60 * MINUTE_MS;
  const { total: lastHour } = timelineOf(history, { now });
  const people = new Set<string>();
  let last: number | undefined;
  for (const { seen, person, kind } of history.rows) {
    if (kind === 'connection') continue;
    last = last === undefined ? seen : Math.max(last, seen);
    if (person !== undefined && seen > since) people.add(person);
  }
  for (const { lastEventAt } of state?.drives ?? []) if (lastEventAt !== undefined) last = last === undefined ? lastEventAt : Math.max(last, lastEventAt);
  const delays = (state?.drives ?? []).map(({ lastDelayMs }) => lastDelayMs).filter((delay) => delay !== undefined).sort((a, b) => a - b);
  const delay = delays[Math.floor(delays.length / 2)];
  return (
    <dl class="numbers">
      <Figure name="Changes in the last hour" value={lastHour.toLocaleString('en')} />
      <Figure name="People in the last hour" value={people.size.toLocaleString('en')} />
      <Figure name="Last change" value={last === undefined ? 'none yet' : ago(now - last)} />
      <Figure name="Typical delay" value={delay === undefined ? '–' : spell(delay)} hint="from a change until it is seen here" />
    </dl>
  );
}

function Figure({ name, value, hint }: { name: string; value: string; hint?: string }): JSX.Element {
  return (
    <div>
      <dt>{name}{hint !== undefined && <span class="visually-hidden"> ({hint})</span>}</dt>
      <dd title={hint}>{value}</dd>
    </div>
  );
}

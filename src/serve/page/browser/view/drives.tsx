import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { sortedDrives, type Drive, type DriveState } from '../model/state.ts';
import { ago, many, shortClock, spell } from '../model/times.ts';
import type { Store } from '../store.ts';
import { ForeignText } from './foreign-text.tsx';
import { Pager } from './pager.tsx';

const PER_PAGE = 10;
/** With fewer drives than this, looking is quicker than searching. */
const SEARCHABLE = 8;

const STATES: Readonly<Record<DriveState, string>> = {
  starting: 'Starting', connected: 'Connected', reconnecting: 'Not connected', polling: 'Checked at intervals', ended: 'Ended',
};

/** Drives shows the state of everything that is watched, a page at a time: what needs attention comes first. */
export function Drives({ store }: { store: Store }): JSX.Element | null {
  const [text, setText] = useState('');
  const [wanted, setPage] = useState(0);
  const { state } = store;
  if (state === undefined) return null;
  const { drives } = state;
  const found = sortedDrives(drives, text);
  const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
  const page = Math.min(wanted, pages - 1);
  return (
    <section class="card" aria-labelledby="drives-title">
      <div class="card-head">
        <h2 id="drives-title">{drives.length === 1 ? 'Connection' : 'Drives'}</h2>
        {drives.length > SEARCHABLE && (
          <label class="field inline">
            <span>Find a drive</span>
            <input
              type="search" value={text} maxLength={200} autocomplete="off" spellcheck={false}
              onInput={({ currentTarget }) => {
                setText(currentTarget.value);
                setPage(0);
              }}
            />
          </label>
        )}
      </div>
      {drives.length > SEARCHABLE && <p class="quiet" role="status">{text.trim() === '' ? many(drives.length, 'drive') : `${found.length.toLocaleString('en')} of ${many(drives.length, 'drive')}`}</p>}
      {/* These are the elements' own roles, which they lose when they are laid out as cards. */}
      <table class="drives" role="table" aria-labelledby="drives-title">
        <thead role="rowgroup">
          <tr role="row">
            {['Drive', 'State', 'Since', 'Renews', 'Delay', 'Last change', 'Changes'].map((name) => <th key={name} scope="col" role="columnheader">{name}</th>)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {found.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map((drive) => <DriveRow key={drive.target} store={store} drive={drive} alone={drives.length === 1} />)}
        </tbody>
      </table>
      <Pager name="Drives" page={page} pages={pages} newer="Previous" older="Next" go={setPage} />
    </section>
  );
}

function DriveRow({ store, drive, alone }: { store: Store; drive: Drive; alone: boolean }): JSX.Element {
  const now = store.now();
  const chosen = store.filter.drive === drive.target;
  const name = <ForeignText text={drive.name} longest={80} />;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {alone ? name : (
          <button
            type="button" class="link" aria-pressed={chosen} title="Show only its changes"
            onClick={() => {
              store.setFilter({ drive: chosen ? undefined : drive.target });
            }}
          >
            {name}
          </button>
        )}
      </th>
      <Cell name="State">
        <span class={`state ${drive.failed ? 'failed' : drive.state}`}><span class="dot" aria-hidden="true" />{stateWords(drive)}</span>
        {drive.reason !== undefined && <span class="reason"><ForeignText text={drive.reason} longest={200} /></span>}
      </Cell>
      <Cell name="Since">{drive.since === undefined ? '' : shortClock(drive.since, now)}</Cell>
      <Cell name="Renews">{next(drive, now)}</Cell>
      <Cell name="Delay">{drive.lastDelayMs === undefined ? '' : spell(drive.lastDelayMs)}</Cell>
      <Cell name="Last change">{drive.lastEventAt === undefined ? '' : ago(now - drive.lastEventAt)}</Cell>
      <Cell name="Changes">{drive.events.toLocaleString('en')}</Cell>
    </tr>
  );
}

function Cell({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return <td role="cell" data-name={name}>{children}</td>;
}

function stateWords({ state, failed, caughtUp }: Drive): string {
  if (failed) return 'Failed';
  return state === 'connected' && !caughtUp ? 'Connected, catching up' : STATES[state];
}

/** When the connection is renewed or retried. */
function next({ state, renewAt, retryAt }: Drive, now: number): string {
  if (state === 'reconnecting' && retryAt !== undefined) return retryAt <= now ? 'trying now' : `retrying in ${spell(retryAt - now)}`;
  return renewAt === undefined ? '' : renewAt <= now ? 'now' : `in ${spell(renewAt - now)}`;
}

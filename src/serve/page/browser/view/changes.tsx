import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Filter } from '../model/filter.ts';
import type { Row } from '../model/row.ts';
import { clock, fullTime, many } from '../model/times.ts';
import type { Store } from '../store.ts';
import { ForeignText } from './foreign-text.tsx';
import { Filters } from './filters.tsx';
import { Pager } from './pager.tsx';
import { KIND_WORDS } from './words.ts';

/** How many rows are in the document at once, however many there are. */
export const ROWS_PER_PAGE = 25;

/** Changes is the list: the newest first, page by page. While it has the focus, or is paused, it stands still. */
export function Changes({ store }: { store: Store }): JSX.Element {
  const { rows } = store.found();
  const held = store.heldAt;
  const firstShown = held === undefined ? 0 : rows.findIndex(({ seq }) => seq <= held);
  const waiting = firstShown === -1 ? rows.length : firstShown;
  const shown = rows.slice(waiting);
  const pages = Math.max(1, Math.ceil(shown.length / ROWS_PER_PAGE));
  const page = Math.min(store.page, pages - 1);
  const visible = shown.slice(page * ROWS_PER_PAGE, (page + 1) * ROWS_PER_PAGE);
  return (
    <section class="card" aria-labelledby="changes-title" id="changes" tabIndex={-1}>
      <div class="card-head">
        <h2 id="changes-title">Changes</h2>
        <button
          type="button" class="plain" aria-pressed={held !== undefined && !store.isHeldByFocus}
          onClick={() => {
            store.set(held === undefined || store.isHeldByFocus ? { heldAt: held ?? newest(store), isHeldByFocus: false } : { heldAt: undefined, page: 0 });
          }}
        >
          Pause
        </button>
      </div>
      <Filters store={store} />
      <p class="list-state">
        <span>{describe(store, shown.length)}</span>
        <Announced text={describe(store, shown.length)} filter={store.filter} />
        {waiting > 0 && (
          <button
            type="button" class="plain news"
            onClick={() => {
              store.set({ heldAt: undefined, page: 0 });
            }}
          >
            Show {many(waiting, 'new entry', 'new entries')}
          </button>
        )}
      </p>
      <RowList store={store} rows={visible} />
      <Pager
        name="Changes" page={page} pages={pages} older="Older" newer="Newer"
        go={(to) => {
          store.set({ page: to, heldAt: to === 0 ? undefined : held ?? newest(store) });
        }}
      />
    </section>
  );
}

/** The shortest time between announcements, in milliseconds: more often, and a screen reader would talk all the time. */
const ANNOUNCED_AFTER_MS = 15_000;

/** Announced has a screen reader say how many entries there are: at once when the filter has changed, otherwise from time to time. */
function Announced({ text, filter }: { text: string; filter: Filter }): JSX.Element {
  const said = useRef({ text, filter, at: Date.now() });
  if (said.current.filter !== filter || Date.now() - said.current.at > ANNOUNCED_AFTER_MS) said.current = { text, filter, at: Date.now() };
  return <span class="visually-hidden" role="status">{said.current.text}</span>;
}

function newest({ history: { rows } }: Store): number {
  return rows.at(-1)?.seq ?? 0;
}

function describe(store: Store, count: number): string {
  const { history: { rows, dropped }, isFiltered } = store;
  if (rows.length === 0) return 'Nothing has changed yet. New changes will appear here.';
  if (isFiltered) return count === 0 ? 'Nothing matches the filter.' : `${count.toLocaleString('en')} of ${entries(rows.length)}`;
  return dropped > 0 ? `The latest ${entries(rows.length)}; older ones are no longer shown` : entries(rows.length);
}

/** Rows of changes, and of the connection. */
function entries(count: number): string {
  return many(count, 'entry', 'entries');
}

/** RowList has one tab stop; the arrow keys move between rows, Enter opens one. */
function RowList({ store, rows }: { store: Store; rows: readonly Row[] }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  /** The row that the tab key reaches: the last one that had the focus, if it is still there. */
  const current = useRef<number | undefined>(undefined);
  const stop = rows.find(({ seq }) => seq === current.current)?.seq ?? rows[0]?.seq;
  const several = (store.state?.drives.length ?? 0) > 1;
  const move = (event: KeyboardEvent): void => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const to = destination(event.key, at, buttons.length);
    if (to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  };
  return (
    <>
      <p class="visually-hidden" id="rows-help">The up and down arrow keys move between changes; Enter shows the details.</p>
      <ol
        class="rows" ref={list} aria-describedby="rows-help" onKeyDown={move}
        onFocusOut={({ relatedTarget }) => {
          const stays = relatedTarget instanceof Node && list.current?.contains(relatedTarget) === true;
          // If nothing got the focus, the window lost it, or the dialog is opening.
          if (!stays && relatedTarget !== null && store.isHeldByFocus && store.opened === undefined && store.page === 0) store.set({ heldAt: undefined, isHeldByFocus: false });
        }}
      >
        {rows.map((row) => (
          <li key={row.seq}>
            {row.kind === 'connection' ? <Note store={store} row={row} /> : (
              <button
                type="button" class="row" tabIndex={row.seq === stop ? 0 : -1} aria-haspopup="dialog"
                onFocus={() => {
                  current.current = row.seq;
                  if (store.heldAt === undefined) store.set({ heldAt: newest(store), isHeldByFocus: true });
                }}
                onClick={() => {
                  store.set({ opened: row.seq });
                }}
              >
                <Cells store={store} row={row} several={several} />
              </button>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

function destination(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  switch (key) {
    case 'ArrowDown':
      return Math.min(count - 1, at + 1);
    case 'ArrowUp':
      return Math.max(0, at - 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

function Cells({ store, row, several }: { store: Store; row: Row; several: boolean }): JSX.Element {
  return (
    <>
      <Time row={row} now={store.now()} />
      <span class={`kind ${row.kind}`}>{KIND_WORDS[row.kind]}</span>
      <span class="what">
        <span class="name">
          {row.kind === 'renamed' && row.before !== undefined && <><span class="before"><ForeignText text={row.before} longest={90} /></span><Arrow /></>}
          <ForeignText text={row.name} longest={180} />{row.isFolder && <span class="quiet"> (folder)</span>}
        </span>
        <span class="place">
          {several && <><ForeignText text={store.nameOf(row.drive)} longest={40} />{row.folder !== undefined && ' · '}</>}
          {row.kind === 'moved' && row.before !== undefined && <><span class="before"><ForeignText text={row.before} longest={90} /></span><Arrow /></>}
          {row.folder !== undefined && <ForeignText text={row.folder === '/' ? 'Top folder' : row.folder} longest={140} />}
        </span>
      </span>
      <span class="person">{row.person !== undefined && <ForeignText text={row.person} longest={60} />}</span>
    </>
  );
}

function Arrow(): JSX.Element {
  return <><span aria-hidden="true"> → </span><span class="visually-hidden"> to </span></>;
}

function Note({ store, row }: { store: Store; row: Row }): JSX.Element {
  const several = (store.state?.drives.length ?? 0) > 1;
  return (
    <p class="row note">
      <Time row={row} now={store.now()} />
      <span class="kind connection" aria-hidden="true">•</span>
      <span class="what">{several && row.drive !== '' && <><ForeignText text={store.nameOf(row.drive)} longest={40} />{': '}</>}<ForeignText text={row.name} longest={400} /></span>
    </p>
  );
}

function Time({ row: { at }, now }: { row: Row; now: number }): JSX.Element {
  if (at === undefined) return <span class="time">earlier</span>;
  return <time class="time" dateTime={new Date(at).toISOString()} title={fullTime(at)}>{clock(at, now)}</time>;
}

import type { JSX } from 'preact';
import type { Store } from '../store.ts';
import { Changes } from './changes.tsx';
import { Counts } from './counts.tsx';
import { Details } from './details.tsx';
import { Drives } from './drives.tsx';
import { Headline } from './headline.tsx';
import { TimelineCard } from './timeline-card.tsx';
import { clock } from '../model/times.ts';

/** App is the whole page, redrawn from the store whenever that has changed. */
export function App({ store }: { store: Store }): JSX.Element {
  const { state } = store;
  const opened = store.opened === undefined ? undefined : store.history.rows.find(({ seq }) => seq === store.opened);
  return (
    <>
      <a class="skip" href="#changes">Skip to the changes</a>
      <Headline store={store} />
      <main>
        <TimelineCard store={store} />
        <div class="columns">
          <Changes store={store} />
          <div class="aside">
            <Counts store={store} />
          </div>
        </div>
        <Drives store={store} />
      </main>
      <footer>
        {state === undefined ? 'graph-watch' : `graph-watch ${state.version}`}
        {state?.startedAt === undefined ? '' : `, ${state.replay === undefined ? 'running' : 'recorded'} since ${clock(state.startedAt, store.now())}`}. This page shows only what it has received, and sends nothing anywhere.
      </footer>
      {opened !== undefined && <Details key={opened.seq} store={store} row={opened} />}
    </>
  );
}

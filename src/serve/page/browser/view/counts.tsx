import type { JSX } from 'preact';
import { placeParts, type Count } from '../model/filter.ts';
import { many } from '../model/times.ts';
import type { Store } from '../store.ts';
import { ForeignText } from './foreign-text.tsx';

const SHOWN = 8;

/** Counts shows who changed most, and where; each is a button that shows only those changes. */
export function Counts({ store }: { store: Store }): JSX.Element {
  const { people, places } = store.found();
  const { person, place } = store.filter;
  const unknown = store.state?.mode === 'notifications' ? 'Shown with --changes.' : undefined;
  return (
    <>
      <Ranking
        title="Who" id="who" empty={unknown ?? 'Nobody yet.'} counts={people} chosen={person}
        label={(key) => <ForeignText text={key} longest={80} />}
        choose={(key) => {
          store.setFilter({ person: key });
        }}
      />
      <Ranking
        title="Where" id="where" empty={unknown ?? 'Nowhere yet.'} counts={places} chosen={place}
        label={(key) => <PlaceName store={store} place={key} />}
        choose={(key) => {
          store.setFilter({ place: key });
        }}
      />
    </>
  );
}

export function PlaceName({ store, place }: { store: Store; place: string }): JSX.Element {
  const { drive, folder } = placeParts(place);
  const several = (store.state?.drives.length ?? 0) > 1;
  return <>{several && <><ForeignText text={store.nameOf(drive)} longest={40} />{' '}</>}<ForeignText text={folder === '/' ? 'Top folder' : folder} longest={80} /></>;
}

interface RankingProps {
  title: string;
  id: string;
  empty: string;
  counts: readonly Count[];
  chosen: string | undefined;
  label: (key: string) => JSX.Element;
  /** Called with `undefined` to remove the filter. */
  choose: (key: string | undefined) => void;
}

function Ranking({ title, id, empty, counts, chosen, label, choose }: RankingProps): JSX.Element {
  const top = counts.slice(0, SHOWN);
  const extra = chosen === undefined || top.some(({ key }) => key === chosen) ? [] : [counts.find(({ key }) => key === chosen) ?? { key: chosen, count: 0 }];
  const most = top[0]?.count ?? 1;
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {counts.length === 0 && extra.length === 0 ? <p class="quiet">{empty}</p> : (
        <ol class="ranking">
          {[...top, ...extra].map(({ key, count }) => (
            <li key={key}>
              <button
                type="button" aria-pressed={key === chosen}
                onClick={() => {
                  choose(key === chosen ? undefined : key);
                }}
              >
                <span class="ranking-name">{label(key)}</span>
                <span class="ranking-count">{count.toLocaleString('en')}<span class="visually-hidden"> {count === 1 ? 'change' : 'changes'}</span></span>
                <svg class="ranking-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width={(100 * count) / most} height="1" /></svg>
              </button>
            </li>
          ))}
        </ol>
      )}
      {counts.length > SHOWN && <p class="quiet">and {many(counts.length - SHOWN, 'other')}</p>}
    </section>
  );
}

import type { JSX } from 'preact';
import { EVERYTHING, placeParts, type Count } from '../model/filter.ts';
import type { Kind } from '../model/row.ts';
import { plain } from '../model/text.ts';
import type { Store } from '../store.ts';
import { KIND_CHIPS } from './words.ts';

/** The longest list of options to choose from; with more, the text filter is easier. */
const MOST_OPTIONS = 100;

/** Filters are what the list can be narrowed down by: text, person, folder, drive and kind. */
export function Filters({ store }: { store: Store }): JSX.Element {
  const { filter } = store;
  const { people, places } = store.found();
  const drives = store.state?.drives ?? [];
  const placeLabel = (key: string): string => {
    const { drive, folder } = placeParts(key);
    return `${drives.length > 1 ? `${plain(store.nameOf(drive), 30)} ` : ''}${folder === '/' ? 'Top folder' : plain(folder, 60)}`;
  };
  return (
    <form
      class="filters" role="search" aria-label="Filter the changes"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <label class="field wide">
        <span>Find</span>
        <input
          type="search" value={filter.text} maxLength={200} placeholder="Name, folder or person" autocomplete="off" spellcheck={false}
          onInput={({ currentTarget }) => {
            store.setFilter({ text: currentTarget.value });
          }}
        />
      </label>
      <Choice
        name="Person" everything="Everybody" options={people} chosen={filter.person} label={(key) => plain(key, 60)}
        choose={(person) => {
          store.setFilter({ person });
        }}
      />
      <Choice
        name="Folder" everything="Everywhere" options={places} chosen={filter.place} label={placeLabel}
        choose={(place) => {
          store.setFilter({ place });
        }}
      />
      <fieldset class="chips">
        <legend class="visually-hidden">What happened</legend>
        {KIND_CHIPS.map(([kind, word]) => (
          <button
            key={kind} type="button" class={`chip ${kind}`} aria-pressed={filter.kinds.has(kind)}
            onClick={() => {
              store.setFilter({ kinds: toggled(filter.kinds, kind) });
            }}
          >
            {word}
          </button>
        ))}
        {filter.drive !== undefined && (
          <button
            type="button" class="chip" aria-pressed="true"
            onClick={() => {
              store.setFilter({ drive: undefined });
            }}
          >
            {plain(store.nameOf(filter.drive), 40)}
          </button>
        )}
        {store.isFiltered && (
          <button
            type="button" class="plain clear"
            onClick={() => {
              store.setFilter(EVERYTHING);
            }}
          >
            Clear filter
          </button>
        )}
      </fieldset>
    </form>
  );
}

interface ChoiceProps {
  name: string;
  everything: string;
  options: readonly Count[];
  chosen: string | undefined;
  label: (key: string) => string;
  choose: (key: string | undefined) => void;
}

function Choice({ name, everything, options, chosen, label, choose }: ChoiceProps): JSX.Element {
  const listed = options.slice(0, MOST_OPTIONS).map(({ key }) => key);
  if (chosen !== undefined && !listed.includes(chosen)) listed.unshift(chosen);
  return (
    <label class="field">
      <span>{name}</span>
      <select
        value={chosen === undefined ? '' : String(listed.indexOf(chosen))}
        onChange={({ currentTarget }) => {
          choose(currentTarget.value === '' ? undefined : listed[Number(currentTarget.value)]);
        }}
      >
        <option value="">{everything}</option>
        {listed.map((key, at) => <option key={key} value={String(at)}>{label(key)}</option>)}
      </select>
    </label>
  );
}

function toggled(kinds: ReadonlySet<Kind>, kind: Kind): ReadonlySet<Kind> {
  const next = new Set(kinds);
  if (!next.delete(kind)) next.add(kind);
  return next;
}

import { usageError } from '../errors.ts';
import type { ChangeEvent, WatchEvent } from '../events.ts';
import { nonBlank } from '../lib/non-blank.ts';

/** ChangeQuery has the change filters, by their names in the query of `GET /events`; each may be given several times. */
export type ChangeQuery = Partial<Record<(typeof CHANGE_FILTERS)[number], readonly string[]>>;

/** ChangeTest says whether a change passes. */
export type ChangeTest = (event: ChangeEvent) => boolean;

/** EventsQuery is what a reader of `/events` asked for. */
export interface EventsQuery {
  passes: (event: WatchEvent) => boolean;
  format: 'ndjson' | 'cloudevents';
  /** How many of the remembered events to begin with. */
  recent: number;
  /** The last event that the reader has. */
  lastEventId: string | undefined;
}

export const CHANGE_FILTERS = ['path', 'change', 'only', 'by', 'not-by', 'not-app'] as const;
const TYPES: ReadonlySet<string> = new Set(['notification', 'change', 'ready', 'reconnecting', 'renewed', 'gap', 'end']);
const OTHERS = ['target', 'type', 'format', 'recent', 'lastEventId'];
/** More filters than anyone needs: each costs time with each event. */
const MOST_FILTERS = 50;

/** `readEventsQuery` reads the query of `GET /events`. `changeFilter` makes a test from the change filters. Throws a usage error if the query is not valid. */
export function readEventsQuery(query: URLSearchParams, header: string | undefined, changeFilter: (query: ChangeQuery) => ChangeTest): EventsQuery {
  if (query.size > MOST_FILTERS) throw usageError(`The query has more than ${MOST_FILTERS} parts.`);
  const unknown = [...query.keys()].find((name) => !OTHERS.includes(name) && !CHANGE_FILTERS.some((filter) => filter === name));
  if (unknown !== undefined) throw usageError(`"${unknown}" is not a known parameter.`, `Known parameters: ${[...OTHERS, ...CHANGE_FILTERS].join(', ')}.`);
  const targets = new Set(query.getAll('target'));
  const types = new Set(commaSeparated(query.getAll('type')));
  for (const type of types) if (!TYPES.has(type)) throw usageError(`"${type}" is not a record type.`, `Record types: ${[...TYPES].join(', ')}.`);
  const format = query.get('format') ?? 'ndjson';
  if (format !== 'ndjson' && format !== 'cloudevents') throw usageError(`"${format}" is not a format.`, 'Formats: ndjson, cloudevents.');
  const recent = query.get('recent') ?? '0';
  if (recent !== 'all' && !/^\d{1,9}$/.test(recent)) throw usageError('recent must be a number or all.');
  const filters: ChangeQuery = {};
  for (const name of CHANGE_FILTERS) if (query.has(name)) filters[name] = query.getAll(name);
  // Whoever reads is not signed in here, and the watch may not be either.
  const me = (['by', 'not-by'] as const).find((name) => filters[name]?.some((value) => value.trim().toLowerCase() === 'me'));
  if (me !== undefined) throw usageError(`${me}=me is not available here.`, 'Specify a display name, an e-mail address or an id.');
  const changes = Object.keys(filters).length === 0 ? undefined : changeFilter(filters);
  return {
    format,
    recent: recent === 'all' ? Infinity : Number(recent),
    lastEventId: nonBlank(header) ?? nonBlank(query.get('lastEventId') ?? undefined),
    passes: (event) => (targets.size === 0 || targets.has(event.target) || (event.label !== undefined && targets.has(event.label)))
      && (types.size === 0 || types.has(event.type))
      && (changes === undefined || event.type !== 'change' || changes(event)),
  };
}

/** `commaSeparated` splits `a,b` and trims. */
export function commaSeparated(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).map((value) => value.trim()).filter((value) => value !== '');
}

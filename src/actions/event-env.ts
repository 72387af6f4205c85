import { SECRET_VARIABLES } from '../secret-variables.ts';
import type { ActionItem } from './action.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The tool itself reads no variable that begins like this. */
const PREFIX = 'GRAPH_WATCH_EVENT_';
/** Windows gives a process 32,767 characters for all its variables; stdin has the whole value. */
const LONGEST_VALUE = 4_096;

/**
 * `commandEnv` returns the environment of a command: the tool's own without its secrets, and the event's scalar fields as
 * `GRAPH_WATCH_EVENT_…`. An unknown field has no variable; several events (`batch`)
 * have only their number.
 */
export function commandEnv(env: Env, items: readonly ActionItem[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    // Windows ignores the case of names.
    const upper = name.toUpperCase();
    if (value !== undefined && !SECRET_VARIABLES.has(upper) && !upper.startsWith(PREFIX)) result[name] = value;
  }
  for (const [name, value] of Object.entries({ COUNT: items.length, ...(items.length === 1 ? fieldsOf(items[0]) : {}) })) {
    const text = clean(value);
    if (text !== undefined) result[`${PREFIX}${name}`] = text;
  }
  return result;
}

function fieldsOf(item: ActionItem | undefined): Record<string, string | number | boolean | undefined> {
  if (item === undefined) return {};
  const { event } = item;
  const always = { TYPE: event.type, TIME: new Date(event.time).toISOString(), TARGET: event.target, LABEL: event.label };
  if (event.type === 'notification') return always;
  return {
    ...always,
    CHANGE: event.change,
    VIA: event.via,
    ID: event.item.id,
    NAME: event.item.name,
    PATH: event.item.path,
    SIZE: event.item.size,
    FOLDER: event.item.folder,
    PREVIOUS_NAME: event.previous?.name,
    PREVIOUS_PATH: event.previous?.path,
  };
}

/** No system lets a NUL into a variable: Node would refuse to start the command. */
function clean(value: string | number | boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value).replaceAll('\0', '\ufffd');
  return text.length > LONGEST_VALUE ? undefined : text;
}

import type { ChangeEvent, NotificationEvent } from '../events.ts';

/** What an action is run for. */
export type ActionEvent = { label?: string } & (ChangeEvent | NotificationEvent);

/** An event together with how it is handed on: one compact JSON text. */
export interface ActionItem {
  event: ActionEvent;
  json: string;
}

/** Why an action failed, for people: one sentence, and what to do about it. May quote the service: not yet safe for a terminal. */
export interface ActionFailure {
  message: string;
  hint?: string | undefined;
}

/**
 * Runs for the items and resolves when it is done with them: with `undefined`, or with why it failed.
 * When `signal` aborts, it comes to an end within seconds, with any failure where it is not done with them.
 * Rejects only for bugs.
 */
export type Act = (items: readonly ActionItem[], signal: AbortSignal) => Promise<ActionFailure | undefined>;

/** `(modified /Reports/Q3.xlsx)`, `(3 events)`: what the items are about, for messages. */
export function about(items: readonly ActionItem[]): string {
  const [only] = items;
  if (only === undefined || items.length > 1) return `${items.length} events`;
  const { event } = only;
  return event.type === 'change' ? `${event.change} ${event.item.path ?? event.item.name ?? event.item.id}` : event.type;
}

/** `sideBySide` makes one action of several: it is done when all are, and failed when one is. */
export function sideBySide(acts: readonly Act[]): Act {
  return async (items, signal) => {
    const failures = (await Promise.all(acts.map((act) => act(items, signal)))).filter((failure) => failure !== undefined);
    const [first] = failures;
    if (first === undefined) return undefined;
    return { message: failures.map(({ message }) => message).join(' '), hint: first.hint };
  };
}

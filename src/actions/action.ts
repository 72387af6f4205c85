import type { ChangeEvent, NotificationEvent } from '../events.ts';

/** ActionEvent is what an action is run for. */
export type ActionEvent = { label?: string } & (ChangeEvent | NotificationEvent);

/** ActionItem is an event together with its compact JSON text. */
export interface ActionItem {
  event: ActionEvent;
  json: string;
}

/** ActionFailure says why an action failed, for people: one sentence, and what to do about it. May quote the service: not yet safe for a terminal. */
export interface ActionFailure {
  message: string;
  hint?: string | undefined;
}

/**
 * Act runs for the items and resolves when it is done with them: with `undefined`, or with why it failed.
 * When `signal` aborts, it ends within seconds, with any failure if it is not done with them.
 * Rejects only for bugs.
 */
export type Act = (items: readonly ActionItem[], signal: AbortSignal) => Promise<ActionFailure | undefined>;

/** `about` describes the items for messages: `modified /Reports/Q3.xlsx`, `3 events`. */
export function about(items: readonly ActionItem[]): string {
  const [only] = items;
  if (only === undefined || items.length > 1) return `${items.length} events`;
  const { event } = only;
  return event.type === 'change' ? `${event.change} ${event.item.path ?? event.item.name ?? event.item.id}` : event.type;
}

/** `sideBySide` combines several actions into one: it is done when all are, and fails if one does. */
export function sideBySide(acts: readonly Act[]): Act {
  return async (items, signal) => {
    const failures = (await Promise.all(acts.map((act) => act(items, signal)))).filter((failure) => failure !== undefined);
    const [first] = failures;
    if (first === undefined) return undefined;
    return { message: failures.map(({ message }) => message).join(' '), hint: first.hint };
  };
}

import type { ActionItem } from '../../../src/actions/action.ts';
import type { ChangeEvent } from '../../../src/events.ts';

export const TIME = Date.UTC(2026, 4, 11, 20, 31, 5, 7);

export function changeOf(id: string, over: Partial<Omit<ChangeEvent, 'item'>> = {}, item: Partial<ChangeEvent['item']> = {}): ChangeEvent {
  return { type: 'change', time: TIME, target: 'me', change: 'modified', via: 'push', ...over, item: { id, name: `${id}.txt`, path: `/${id}.txt`, folder: false, ...item } };
}

/** A change of the item with this id; its JSON is the id, so that a run shows what it got. */
export function itemOf(id: string, over: Partial<Omit<ChangeEvent, 'item'>> = {}): ActionItem {
  return { event: changeOf(id, over), json: JSON.stringify({ id }) };
}

/** A notification. */
export function notificationOf(data: unknown = {}): ActionItem {
  return { event: { type: 'notification', time: TIME, target: 'me', data }, json: JSON.stringify({ data }) };
}

import { DEFAULT_BUDGET, type RequestPace } from '../../graph/request-pace.ts';

/** With less, a request for permissions would use up half of it. In resource units per minute. */
const LEAST = 10;

/** `shareBudget` gives one of several members an equal share of the budget: Graph's limit is that of one app in one tenant, on however many machines it runs. */
export function shareBudget(pace: Pick<RequestPace, 'limitTo'>, budget: number = DEFAULT_BUDGET, members = 1): void {
  pace.limitTo(Math.max(LEAST, Math.floor(budget / Math.max(1, members))));
}

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ChangeEvent, WatchEvent } from '../events.ts';
import type { TargetState, WatchState } from './watch-state.ts';

/** Gauges are read when the metrics are requested. */
export interface Gauges {
  /** Waiting events, by queue. */
  queues: () => Readonly<Record<string, number>>;
  /** Items in the indexes of all targets. */
  indexedItems: () => number;
  /** What was spent on requests to Graph since the start. */
  spent: () => Spent;
}

export interface Spent {
  requests: Readonly<Record<string, number>>;
  units: number;
  unitsPerMinute: number;
  /** Answers that asked for a pause, and the total length of these pauses, in milliseconds. */
  throttled: number;
  throttledMs: number;
  /** How long requests have waited for the budget, in milliseconds. */
  waitedMs: number;
}

export interface MetricsOptions extends Gauges {
  version: string;
  state: WatchState;
  readers: () => number;
  remembered: () => number;
}

/** From a change to its line, in seconds: a notification takes one or two, delta lags by up to a minute. */
const DELAY_BUCKETS = [0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120, 300, 900];
const STATES: readonly TargetState['state'][] = ['starting', 'connected', 'reconnecting', 'polling', 'ended'];
/** Changes that are caught up on happened while nothing was watching, so their age is not a delay. */
const LIVE: readonly ChangeEvent['via'][] = ['push', 'poll'];

/** ActionResult is how a run of the command or a forward ended; `dropped`: it was busy. */
export type ActionResult = 'succeeded' | 'failed' | 'dropped';

/** Metrics are the metrics of one watch, in a registry of their own. No label has values that come from outside. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #delay: Histogram<'via'>;
  readonly #actions: Counter<'result'>;

  constructor(options: MetricsOptions) {
    const { state, version, readers, remembered, queues, indexedItems, spent } = options;
    const { totals } = state;
    this.#delay = new Histogram({
      name: 'graph_watch_change_delay_seconds', help: 'Time from a creation or modification, by its timestamp in Graph, to its record.', labelNames: ['via'], buckets: DELAY_BUCKETS, registers: [this.#registry],
    });
    for (const via of LIVE) this.#delay.zero({ via });
    this.#actions = new Counter({ name: 'graph_watch_action_events_total', help: 'Events handled by the command or forward, by result.', labelNames: ['result'], registers: [this.#registry] });
    for (const result of ['succeeded', 'failed', 'dropped']) this.#actions.inc({ result }, 0);

    this.#gauges('graph_watch_build_info', 'Version of graph-watch.', 'version', () => ({ [version]: 1 }));
    this.#gauges('graph_watch_targets', 'Targets by state.', 'state', () => {
      const targets = state.targets();
      return Object.fromEntries(STATES.map((name) => [name, targets.filter((target) => target.state === name).length]));
    });
    this.#gauge('graph_watch_ready', '1 if every target is connected and has caught up.', () => Number(state.readiness().ready));
    this.#counter('graph_watch_reconnects_total', 'Reconnects of targets.', () => totals.reconnects);
    this.#counter('graph_watch_connection_failures_total', 'Connections that were lost or could not be made.', () => totals.failures);
    this.#counter('graph_watch_renewals_total', 'Endpoints renewed before they expired.', () => totals.renewals);
    this.#counter('graph_watch_gaps_total', 'Periods in which notifications may have been missed.', () => totals.gaps);
    this.#counter('graph_watch_gap_seconds_total', 'Total length of the periods in which notifications may have been missed.', () => totals.gapSeconds);
    this.#counters('graph_watch_changes_total', 'Changes by kind.', 'change', () => totals.changes);
    this.#counter('graph_watch_notifications_total', 'Notifications reported.', () => totals.notifications);
    this.#gauge('graph_watch_last_event_timestamp_seconds', 'When the latest change or notification came; 0 if none did.', () => (state.lastEventAt ?? 0) / 1000);
    this.#counters('graph_watch_graph_requests_total', 'Requests to Graph.', 'kind', () => spent().requests);
    this.#counter('graph_watch_resource_units_total', 'Resource units spent on requests to Graph.', () => spent().units);
    this.#gauge('graph_watch_budget_resource_units_per_minute', 'The budget (--budget).', () => spent().unitsPerMinute);
    this.#counter('graph_watch_budget_wait_seconds_total', 'Time that requests spent waiting for the budget.', () => spent().waitedMs / 1000);
    this.#counter('graph_watch_throttled_responses_total', 'Responses in which Graph asked for a pause.', () => spent().throttled);
    this.#counter('graph_watch_throttled_seconds_total', 'Total length of the pauses that Graph asked for.', () => spent().throttledMs / 1000);
    this.#gauges('graph_watch_queue_events', 'Events waiting, by queue.', 'queue', queues);
    this.#gauge('graph_watch_index_items', 'Items in the indexes of all drives.', indexedItems);
    this.#gauge('graph_watch_serve_readers', 'Readers of /events.', readers);
    this.#gauge('graph_watch_serve_remembered_events', 'Events that /events can still send.', remembered);
    this.#counter('process_cpu_seconds_total', 'User and system CPU time.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    this.#gauge('process_resident_memory_bytes', 'Resident memory size.', () => process.memoryUsage.rss());
    this.#gauge('process_start_time_seconds', 'Start time since the epoch.', () => Date.now() / 1000 - process.uptime());
    this.#gauge('nodejs_heap_size_used_bytes', 'Used part of the heap.', () => process.memoryUsage().heapUsed);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** `text` returns all metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** `note` takes an event; `delayMs`: from the change to its line, if known. */
  note(event: WatchEvent, delayMs: number | undefined): void {
    if (event.type === 'change' && delayMs !== undefined && LIVE.includes(event.via)) this.#delay.observe({ via: event.via }, Math.max(0, delayMs) / 1000);
  }

  acted(result: ActionResult, events: number): void {
    this.#actions.inc({ result }, events);
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({ name, help, registers: [this.#registry], collect() { this.set(value()); } });
  }

  #gauges(name: string, help: string, label: string, values: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name, help, labelNames: [label], registers: [this.#registry],
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(values())) this.set({ [label]: key }, value);
      },
    });
  }

  #counter(name: string, help: string, value: () => number): void {
    new Counter({
      name, help, registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  #counters(name: string, help: string, label: string, values: () => Readonly<Record<string, number>>): void {
    new Counter({
      name, help, labelNames: [label], registers: [this.#registry],
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(values())) this.inc({ [label]: key }, value);
      },
    });
  }
}

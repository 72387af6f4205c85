import type { ActionFailure, ActionItem } from '../../../src/actions/action.ts';
import { ActionQueue, type QueueOptions } from '../../../src/actions/queue.ts';
import { WatchError } from '../../../src/errors.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';
import { itemOf } from './support.ts';

/** A queue whose runs end when the test says so. */
export function queueScene(options: Partial<Pick<QueueOptions, 'onBusy' | 'batch' | 'debounceMs'>> & { failFast?: boolean; free?: boolean } = {}) {
  const clock = steppedClock();
  const stop = new AbortController();
  const log: string[] = [];
  const open: ((failure?: ActionFailure) => void)[] = [];
  const name = (items: readonly ActionItem[]): string => items.map(({ event }) => (event.type === 'change' ? event.item.id : 'notification')).join('+');
  const queue = new ActionQueue({
    clock,
    signal: stop.signal,
    onBusy: options.onBusy ?? 'queue',
    batch: options.batch ?? false,
    debounceMs: options.debounceMs,
    act: async (items, signal) => {
      log.push(`run ${name(items)}`);
      if (options.free === true) return undefined;
      return new Promise((resolve) => {
        let running = true;
        open.push((failure) => {
          running = false;
          resolve(failure);
        });
        signal.addEventListener('abort', () => {
          if (running) log.push('ended early');
          resolve({ message: 'killed' });
        });
      });
    },
    onFailure: ({ message }) => {
      log.push(`failed ${message}`);
      return options.failFast === true ? new WatchError('action', message) : undefined;
    },
    onDropped: (count, last) => {
      log.push(`dropped ${count}, last ${last.type === 'change' ? last.item.id : 'notification'}`);
    },
  });
  return {
    queue, clock, stop, log,
    add: async (...ids: string[]): Promise<void> => {
      for (const id of ids) await queue.add(itemOf(id));
      await settle();
    },
    checkpoint: (label: string): void => {
      void queue.checkpoint(() => {
        log.push(`commit ${label}`);
        return Promise.resolve();
      });
    },
    /** Ends the current run. */
    finish: async (failure?: ActionFailure): Promise<void> => {
      open.shift()?.(failure);
      await settle();
    },
  };
}

import { about, sideBySide, type Act } from '../actions/action.ts';
import { commandAction, type Sink } from '../actions/run-command.ts';
import { checkProgram } from '../actions/find-program.ts';
import { forwardAction } from '../actions/forward.ts';
import { ActionQueue } from '../actions/queue.ts';
import { describeDuration } from '../lib/duration.ts';
import { WatchError } from '../errors.ts';
import type { OutputFormat } from '../output/format.ts';
import { safeText } from '../output/safe-text.ts';
import type { Output } from '../surroundings.ts';
import { USER_AGENT } from '../version.ts';
import type { CommandContext } from '../app/context.ts';
import { Interruption } from '../app/interruptions.ts';
import type { ActionOptions } from './options/action-options.ts';
import type { JsonLine } from './format.ts';
import type { Handler } from './handlers.ts';

export interface ActionScene {
  options: ActionOptions;
  format: OutputFormat;
  /** What an action is given of an event. */
  json: JsonLine;
  /** Where a command's stdout goes: to ours if people read it, to stderr if programs do. */
  stdout: Sink;
  /** Ends everything. */
  signal: AbortSignal;
  /** Called with how each run ended, and for how many events it was. */
  onResult?: (result: 'succeeded' | 'failed' | 'dropped', events: number) => void;
}

/** `createActions` creates the handler that runs the command and the forward for each change and notification. */
export function createActions(context: CommandContext, { options, format, json, stdout, signal, onResult }: ActionScene): Handler {
  const { surroundings, people } = context;
  const { clock } = surroundings;
  const { command, forward, onBusy, batch, debounceMs, failFast } = options;
  const stderr = sinkTo(surroundings.stderr);
  const acts: Act[] = [];
  if (command !== undefined) {
    const { env, platform } = surroundings;
    checkProgram(command[0], env, platform);
    acts.push(commandAction({
      argv: command, batch, env, platform, clock, stderr, stdout: format === 'pretty' ? stdout : stderr, onAbruptExit: context.onAbruptExit,
      signalOf: (reason) => (reason instanceof Interruption ? reason.signalName : undefined),
    }));
  }
  if (forward !== undefined) {
    for (const secret of forward.secrets) context.redactor.add(secret);
    acts.push(forwardAction({
      target: forward, batch, contentType: contentType(format, batch), userAgent: USER_AGENT, send: context.send, clock, random: surroundings.random,
      onRetry: (why, delayMs) => {
        people.warn(safeText(`${why}; retrying in ${describeDuration(delayMs)}`));
      },
    }));
  }
  const actAll = sideBySide(acts);
  const queue = new ActionQueue({
    act: async (items, ending) => {
      const failure = await actAll(items, ending);
      // What ends with everything else is done by the next watch.
      if (failure === undefined || !ending.aborted) onResult?.(failure === undefined ? 'succeeded' : 'failed', items.length);
      return failure;
    },
    clock, onBusy, batch, debounceMs, signal,
    onFailure: ({ message, hint }) => {
      if (failFast) return new WatchError('action', message, { hint });
      people.always(`error: ${safeText(message)}`);
      if (hint !== undefined) people.always(safeText(hint));
      return undefined;
    },
    onDropped: (count, last) => {
      onResult?.('dropped', count);
      people.warn(safeText(`dropped while busy: ${count} ${count === 1 ? 'event' : 'events'}, last ${about([{ event: last, json: '' }])}`));
    },
  });
  return {
    failed: queue.failed,
    get undone() {
      return queue.undone;
    },
    add: async (event, origin) => {
      if (event.type === 'change' || event.type === 'notification') await queue.add({ event, json: (json(event) ?? 'null').trimEnd() }, origin);
    },
    checkpoint: (_event, commit, stream) => queue.checkpoint(commit, stream),
    drain: () => queue.drain(),
    forget: (stream) => { queue.forget(stream); },
    doneUpTo: (stream, last) => queue.doneUpTo(stream, last),
    // Whatever still runs has ended with the watch's signal.
    close: () => Promise.resolve(),
  };
}

function contentType(format: OutputFormat, batch: boolean): string {
  if (format !== 'cloudevents') return 'application/json';
  return batch ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
}

/** Makes a stream the destination of a command's output. A closed one discards it silently. */
function sinkTo(stream: Output): Sink {
  return (text) => {
    if (!stream.writable || stream.write(text)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off('drain', done);
        stream.off('close', done);
        stream.off('error', done);
        resolve();
      };
      stream.on('drain', done);
      stream.on('close', done);
      stream.on('error', done);
      if (!stream.writableNeedDrain || stream.destroyed) done();
    });
  };
}

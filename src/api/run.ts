import { toError, usageError, WatchError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { unlessAborted } from '../lib/abort.ts';
import { createFilter } from '../changes/filter/filter.ts';
import { targetName } from '../graph/targets.ts';
import { describe } from '../output/pretty.ts';
import { ndjsonRecord } from '../output/ndjson.ts';
import { openAccess } from '../watch/access.ts';
import { checkSingleDrive, findDrive } from '../watch/finding/find-target.ts';
import { watchOptions } from '../watch/options/watch-options.ts';
import { openTarget } from '../watch/target.ts';
import type { TargetStream } from '../watch/target-stream.ts';
import { whoAmIPatiently } from '../watch/finding/who-am-i.ts';
import type { WatchContext } from '../app/context.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { createApiContext } from './context.ts';
import { changeFlags, checkNames, wantedTarget } from './flags.ts';
import type { ChangesOptions, WatchTarget } from './options.ts';
import { openPosition } from './positions.ts';

export interface WatchRequest {
  kind: 'watch' | 'changes';
  target: WatchTarget;
  options: ChangesOptions;
  /** Aborted when the caller closes the stream. */
  closing: AbortSignal;
}

export interface OpenedWatch {
  /** The NDJSON records as objects. Can be read only once. */
  events: AsyncGenerator<object, undefined, undefined>;
  ack: (event: object) => Promise<void>;
}

/** `openWatch` runs one watch for a program: from its options to its events, with the same parts as the command line. Throws a usage error for invalid options. */
export function openWatch({ kind, target, options, closing }: WatchRequest): OpenedWatch {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw usageError('The options are missing.', 'Pass at least a token, or env: process.env.');
  checkNames(kind, options);
  if (options.signal !== undefined && !((options.signal as unknown) instanceof AbortSignal)) throw usageError('signal must be an AbortSignal.');
  const acknowledgements = new Acknowledgements();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, closing, ...(options.signal === undefined ? [] : [options.signal])]);
  /** An error from outside the stream itself: from the caller's log, or from storing the position. It takes precedence over errors that follow from it. */
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(toError(error));
  };
  return {
    events: run(),
    ack(event) {
      // After one failure, later positions could not be stored in order.
      const done = acknowledgements.acknowledge(event).catch((error: unknown) => {
        fail(error);
        throw error;
      });
      // It ends the stream, so even a caller that does not await this gets the error.
      done.catch(() => undefined);
      return done;
    },
  };

  async function* run(): AsyncGenerator<object, undefined, undefined> {
    try {
      yield* started();
      if (!signal.aborted && options.once !== true) throw new WatchError('internal', 'the stream ended unexpectedly');
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      // Once it has been stopped, whatever was under way may fail.
      if (!signal.aborted) throw error instanceof WatchError ? error : new WatchError('internal', toError(error).message, { cause: error });
    } finally {
      // Ends anything that is still waiting on the clock.
      stop.abort(new Error('the stream is closed'));
    }
    if (failure !== undefined) throw failure.error;
    if (!closing.aborted) options.signal?.throwIfAborted();
    return undefined;
  }

  async function* started(): AsyncGenerator<object, void, undefined> {
    signal.throwIfAborted();
    const wanted = wantedTarget(target);
    const api = await createApiContext(options, { signal, fail });
    const { context } = api;
    try {
      const drive = checkSingleDrive(context, wanted);
      const flags = kind === 'changes' ? changeFlags(options) : {};
      const { changes, filter } = watchOptions(api.asItself && kind === 'changes' && flags.once !== true ? { poll: 'auto', ...flags } : flags, undefined);
      const positions = kind === 'changes' ? await openPosition(options, context, signal) : undefined;
      let stream: TargetStream;
      let passes: (event: WatchEvent) => boolean = () => true;
      try {
        const access = await openAccess(context, { signal, tokens: api.tokens, onUnexpectedHost: (host) => { context.people.warn(`the push host ${host} is not under svc.ms, where this cloud's push hosts are known to be`); } });
        const found = await findDrive(context, drive, { get: access.get, signal, redeem: options.redeem ?? false });
        if (kind === 'watch' && found.below !== undefined) throw usageError(`That address points to ${found.below} in a drive, and notifications do not say what changed.`, 'Use changes() for a folder or a file.');
        if (filter !== undefined) {
          const filterOf = await createFilter(filter, () => whoAmIPatiently(access.get, context, signal));
          passes = (event) => event.type !== 'change' || filterOf(event);
        }
        stream = await openTarget(access, found.target, signal, { changes, many: false, below: found.below, positions });
        context.people.debug(`opened ${targetName(found.target)}`);
      } catch (error) {
        await positions?.close();
        throw error;
      }
      yield* handedOut(stream, context, passes);
    } finally {
      await api.close();
    }
  }

  async function* handedOut(stream: TargetStream, context: WatchContext, passes: (event: WatchEvent) => boolean): AsyncGenerator<object, void, undefined> {
    try {
      for await (const event of stream.events) {
        // Whatever is still waiting is left to the next run.
        if (signal.aborted) return;
        if (event.type === 'checkpoint') {
          await acknowledgements.checkpoint(event);
          continue;
        }
        const record = isWanted(event) && passes(event) ? ndjsonRecord(event, true, context.redactor.redact) : undefined;
        if (record === undefined) {
          log(event, context);
          continue;
        }
        acknowledgements.handOut(record, event);
        yield record;
        if (options.ack !== 'manual') await acknowledgements.acknowledge(record);
      }
      // The last events can be acknowledged as long as the position is open.
      await unlessAborted(acknowledgements.all(), signal);
    } finally {
      await settle(stream);
    }
  }

  /** Stores what was acknowledged in a round that is cut short, and closes the position. */
  async function settle(stream: TargetStream): Promise<void> {
    try {
      if (acknowledgements.taken !== undefined) await stream.settle(acknowledgements.taken);
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      await stream.close();
    }
  }

  function isWanted({ type }: WatchEvent): boolean {
    return type === 'change' || type === 'notification' || options.lifecycle === true;
  }
}

/** Logs what is not a record, or was not requested as one. */
function log(event: WatchEvent, { people }: WatchContext): void {
  if (event.type === 'change' || event.type === 'notification' || event.type === 'checkpoint') return;
  const [verb, ...texts] = describe(event, event.target, { everConnected: true });
  const line = `${event.target}: ${verb}: ${texts.at(-1) ?? ''}`;
  if (event.type === 'warning') people.warn(`${event.target}: ${event.message}`);
  else if (event.type === 'indexing') people.debug(line);
  else people.say(line);
}

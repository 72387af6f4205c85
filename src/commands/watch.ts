import { toError, WatchError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { fetchEndpoint } from '../graph/endpoint.ts';
import { endpointPath, targetName, type Target } from '../graph/targets.ts';
import { createWriter, ReaderGone } from '../output/writer.ts';
import { openSocket } from '../stream/socket.ts';
import { stayConnected } from '../stream/stay-connected.ts';
import { watchWaking } from '../stream/wake.ts';
import type { CommandContext } from './context.ts';
import { endpointOptions } from './endpoint.ts';
import { graphAccess } from './graph-access.ts';
import { Interruption } from './interruption.ts';
import { signedInTokens } from './signed-in.ts';
import { createPresenter } from './watch-output.ts';
import { readyFile } from './ready-file.ts';
import { summary } from './watch-summary.ts';

export interface WatchOptions {
  output?: 'pretty' | 'ndjson' | undefined;
  /** Done after so many events. */
  count?: number | undefined;
  timeoutMs?: number | undefined;
  readyFile?: string | undefined;
  lifecycle: boolean;
  /** Told of each event once it is shown: for whoever watches from inside. */
  onEvent?: (event: WatchEvent) => void;
}

/** The reason of a signal that was aborted because `--timeout` ran out. */
class TimedOut extends Error {}

export const EXIT_TIMED_OUT = 124;
/** How long what has arrived is given to reach a slow reader when the watch ends. */
const FLUSH_WITHIN_MS = 2_000;

/** Watches one target until told to stop, and says how it ended: the exit code. */
export async function runWatch(context: CommandContext, target: Target, options: WatchOptions): Promise<number> {
  const { surroundings, people } = context;
  const { clock, random, stdout } = surroundings;
  const name = targetName(target);
  // An id that cannot be one is refused before anything is sent.
  endpointPath(target);
  const stop = new AbortController();
  const writer = createWriter(stdout, AbortSignal.any([context.signal, stop.signal]));
  const signal = AbortSignal.any([context.signal, writer.failed, stop.signal]);
  if (options.timeoutMs !== undefined) void clock.sleep(options.timeoutMs, signal).then(() => { stop.abort(new TimedOut()); });

  const present = createPresenter(context, writer, options);
  const ready = readyFile(options.readyFile);
  const tally = summary(clock);
  await ready.remove();
  const show = async (event: WatchEvent): Promise<void> => {
    await ready.follow(event);
    tally.note(event);
    await present.event(event);
    options.onEvent?.(event);
  };

  let failure: unknown;
  try {
    const tokens = await signedInTokens(context);
    const get = graphAccess(context, tokens);
    const network = await context.network();
    const endpoint = endpointOptions(context, target, get);
    const events = stayConnected({
      target: name, clock, random, signal,
      wake: watchWaking(clock, signal),
      fetchEndpoint: async (attempt) => {
        const { notificationUrl, lifetimeMs, unexpectedHost } = await fetchEndpoint(endpoint, attempt);
        if (unexpectedHost) present.unexpectedHost(notificationUrl.host);
        return { url: notificationUrl, lifetimeMs };
      },
      connect: (url, attempt) => openSocket(url, {
        agent: network.socketAgent(url.href), ca: network.ca, now: () => clock.now(), debug: (line) => { people.debug(line); },
      }, attempt),
    });
    for await (const event of events) {
      await show(event);
      if (tally.events === options.count) break;
    }
  } catch (error) {
    failure = error;
  }
  const verdict = judge(failure, signal, tally.events, options.count);
  // Ends what still waits on the clock: the process must not outlive its watch.
  stop.abort();
  await show({ type: 'end', time: clock.now(), target: name, reason: verdict.reason, failed: verdict.error !== undefined });
  await ready.remove();
  await writer.flush(FLUSH_WITHIN_MS);
  present.close();
  if (tally.connected) people.say(tally.line());
  if (verdict.error !== undefined) throw verdict.error;
  return verdict.code;
}

interface Verdict { reason: string; code: number; error?: Error }

/** Exit code and reason from what ended the loop. */
function judge(failure: unknown, signal: AbortSignal, events: number, count: number | undefined): Verdict {
  if (count !== undefined && events >= count) return { reason: 'the count was met', code: 0 };
  const reason: unknown = signal.aborted ? signal.reason : failure;
  if (reason instanceof Interruption) return { reason: reason.message, code: reason.exitCode };
  if (reason instanceof ReaderGone) return { reason: 'the reader has gone', code: 0 };
  if (reason instanceof TimedOut) {
    const met = count === undefined && events > 0;
    return { reason: 'the time is up', code: met ? 0 : EXIT_TIMED_OUT };
  }
  const error = reason === undefined ? new WatchError('internal', 'the stream ended by itself') : toError(reason);
  return { reason: error.message, code: 1, error };
}

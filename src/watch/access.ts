import type { TokenSource } from '../auth/token-source.ts';
import type { WatchContext } from '../app/context.ts';
import { endpointRequest, graphAccess } from '../app/graph-access.ts';
import { copyOf, WatchError } from '../errors.ts';
import { PollSchedule } from '../changes/poll-schedule.ts';
import type { WatchEvent } from '../events.ts';
import { fetchEndpoint } from '../graph/endpoint.ts';
import type { GraphGet } from '../graph/http.ts';
import { targetName, type Target } from '../graph/targets.ts';
import type { BoundedQueue } from '../lib/bounded-queue.ts';
import type { Network } from '../net/network.ts';
import type { SharedLimits } from '../stream/link.ts';
import { stayConnected } from '../stream/stay-connected.ts';
import { watchWaking, type WakeWatch } from '../stream/wake.ts';

/** WatchAccess is what all targets of a process share on their way to Graph and to the push host. */
export interface WatchAccess {
  context: WatchContext;
  get: GraphGet;
  network: Network;
  wake: WakeWatch;
  /** Decides when polled drives are queried. */
  polls: PollSchedule;
  /** Called with a push host that the cloud is not known to use. */
  onUnexpectedHost: (host: string) => void;
}

export interface AccessOptions {
  /** Ends everything. */
  signal: AbortSignal;
  tokens: TokenSource | Promise<TokenSource>;
  onUnexpectedHost: (host: string) => void;
}

/** Loaded while Graph is asked for the endpoint, not before: the request is on its way earlier. */
const socketModule = () => import('../stream/socket.ts');

/** `openAccess` opens the network, while it waits for the tokens. */
export async function openAccess(context: WatchContext, { signal, tokens: source, onUnexpectedHost }: AccessOptions): Promise<WatchAccess> {
  const [tokens, network] = await Promise.all([source, context.network()]);
  return {
    context,
    get: graphAccess(context, tokens),
    network,
    wake: watchWaking(context.surroundings.clock, signal),
    polls: new PollSchedule({ clock: context.surroundings.clock, random: context.surroundings.random, unitsPerMinute: () => context.pace.unitsPerMinute }),
    onUnexpectedHost,
  };
}

/** `notifications` yields the events of one target until `signal` aborts. */
export function notifications(
  { context, get, network, wake, onUnexpectedHost }: WatchAccess,
  target: Target,
  signal: AbortSignal,
  { polled = false, ...limits }: Partial<SharedLimits> & { polled?: boolean; queue?: BoundedQueue<WatchEvent> } = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  const { surroundings: { clock, random }, people, redactor } = context;
  return stayConnected({
    ...limits, polled,
    target: targetName(target), clock, random, signal, wake,
    fetchEndpoint: async (attempt) => {
      const [{ notificationUrl, lifetimeMs, unexpectedHost }] = await Promise.all([
        fetchEndpoint(endpointRequest(context, target, get), attempt).catch((error: unknown) => { throw polled ? error : pollInsteadOfEndpoint(error); }),
        socketModule(),
      ]);
      if (unexpectedHost) onUnexpectedHost(notificationUrl.host);
      return { url: notificationUrl, lifetimeMs };
    },
    connect: async (url, attempt) => (await socketModule()).openSocket(url, {
      connection: network.connection(url.href, attempt), proxy: network.proxyOf(url.href), now: clock.now,
      redact: redactor.redact, debug: people.debugs ? (line) => { people.debug(line); } : undefined,
    }, attempt).catch((error: unknown) => { throw polled ? error : pollInsteadOfSocket(error); }),
  });
}

/** Graph refuses the endpoint to app-only tokens: 403, and 400 has been seen too. It allows delta queries. */
function pollInsteadOfEndpoint(error: unknown): unknown {
  const refused = error instanceof WatchError && error.category === 'refused' && (error.status === 403 || error.status === 400);
  return refused ? withHint(error, 'With an app-only token, use --poll 30s: it needs no endpoint.') : error;
}

/** Some networks let HTTPS through and WebSockets not. */
function pollInsteadOfSocket(error: unknown): unknown {
  return error instanceof WatchError && error.category === 'network' ? withHint(error, 'If WebSockets are blocked, use --poll 30s.') : error;
}

function withHint(error: WatchError, hint: string): WatchError {
  return copyOf(error, { cause: error, hint: error.hint === undefined ? hint : `${error.hint} ${hint}` });
}

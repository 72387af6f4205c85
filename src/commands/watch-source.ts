import { fetchEndpoint } from '../graph/endpoint.ts';
import type { GraphGet } from '../graph/http.ts';
import { targetName, type Target } from '../graph/targets.ts';
import type { WatchEvent } from '../events.ts';
import type { Network } from '../net/network.ts';
import type { Company } from '../stream/link.ts';
import { stayConnected } from '../stream/stay-connected.ts';
import { watchWaking, type WakeWatch } from '../stream/wake.ts';
import type { CommandContext } from './context.ts';
import { endpointOptions } from './endpoint.ts';
import { graphAccess } from './graph-access.ts';
import { pollInsteadOfEndpoint, pollInsteadOfSocket } from './poll-hint.ts';
import { signedInTokens } from './signed-in.ts';
import type { WatchSession } from './watch-session.ts';

/** What all the targets of a process share. */
export interface WatchAccess {
  context: CommandContext;
  session: WatchSession;
  get: GraphGet;
  network: Network;
  wake: WakeWatch;
}

/** Loaded while Graph is asked for the endpoint, not before: the request is on its way earlier. */
const socketModule = () => import('../stream/socket.ts');

/** Signs in where that is needed, and opens the way out. */
export async function openAccess(context: CommandContext, session: WatchSession): Promise<WatchAccess> {
  const [tokens, network] = await Promise.all([signedInTokens({ ...context, signal: session.signal }), context.network()]);
  const get = graphAccess(context, tokens);
  await session.useGraph(get);
  return {
    context,
    session,
    get,
    network,
    wake: watchWaking(context.surroundings.clock, session.signal),
  };
}

/** The events of one target, for ever, until `signal` aborts. */
export function watchSource(
  { context, session, get, network, wake }: WatchAccess,
  target: Target,
  signal: AbortSignal,
  company: Partial<Company> = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  const { surroundings: { clock, random }, people } = context;
  const endpoint = endpointOptions(context, target, get);
  return stayConnected({
    ...company,
    target: targetName(target), clock, random, signal, wake,
    fetchEndpoint: async (attempt) => {
      const [{ notificationUrl, lifetimeMs, unexpectedHost }] = await Promise.all([
        fetchEndpoint(endpoint, attempt).catch((error: unknown) => { throw pollInsteadOfEndpoint(error); }),
        socketModule(),
      ]);
      if (unexpectedHost) session.unexpectedHost(notificationUrl.host);
      return { url: notificationUrl, lifetimeMs };
    },
    connect: async (url, attempt) => (await socketModule()).openSocket(url, {
      agent: network.socketAgent(url.href), secureContext: network.secureContext, now: () => clock.now(), debug: (line) => { people.debug(line); },
    }, attempt).catch((error: unknown) => { throw pollInsteadOfSocket(error); }),
  });
}

import { fetchEndpoint } from '../graph/endpoint.ts';
import { isLoopback } from '../net/loopback.ts';
import type { GraphGet } from '../graph/http.ts';
import type { Target } from '../graph/targets.ts';
import type { CommandContext } from './context.ts';
import { graphAccess, tokenSource } from './graph-access.ts';

/** Asks for the endpoint once and prints the answer as JSON, the secret URL included: that is what it is for. */
export async function runEndpoint(context: CommandContext, target: Target): Promise<void> {
  const waiting = context.people.waiting('asking for the endpoint');
  try {
    const endpoint = await fetchEndpoint(endpointOptions(context, target, graphAccess(context, tokenSource(context))), context.signal);
    waiting.stop();
    await context.answer(endpoint.raw);
  } finally {
    waiting.stop();
  }
}

/** What `fetchEndpoint` needs, from the settings. */
export function endpointOptions(context: CommandContext, target: Target, get: GraphGet): Parameters<typeof fetchEndpoint>[0] {
  const { settings, redactor, surroundings } = context;
  return {
    target,
    get,
    graphUrl: settings.graphUrl,
    globalCloud: settings.cloud === 'global' && !isLoopback(new URL(settings.graphUrl).hostname),
    onSecret: (secret) => {
      redactor.add(secret);
    },
    now: () => surroundings.clock.now(),
  };
}

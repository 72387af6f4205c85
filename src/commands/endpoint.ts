import { fetchEndpoint } from '../graph/endpoint.ts';
import type { Target } from '../graph/targets.ts';
import type { CommandContext } from '../app/context.ts';
import { endpointRequest, graphAccess, tokenSource } from '../app/graph-access.ts';

/** Asks for the endpoint once and prints the answer as JSON, the secret URL included: that is what it is for. */
export async function runEndpoint(context: CommandContext, target: Target): Promise<void> {
  const waiting = context.people.waiting('asking for the endpoint');
  try {
    const endpoint = await fetchEndpoint(endpointRequest(context, target, graphAccess(context, tokenSource(context))), context.signal);
    waiting.stop();
    await context.answer(endpoint.raw);
  } finally {
    waiting.stop();
  }
}

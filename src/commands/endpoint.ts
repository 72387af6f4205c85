import { fetchEndpoint } from '../graph/endpoint.ts';
import type { Target } from '../graph/targets.ts';
import type { CommandContext } from '../app/context.ts';
import { checkTarget, endpointRequest, graphAccess, tokenSource } from '../app/graph-access.ts';
import { patiently } from '../app/patience.ts';

/** `runEndpoint` asks for the endpoint once and prints the answer as JSON, including the secret URL: that is its purpose. */
export async function runEndpoint(context: CommandContext, target: Target): Promise<void> {
  checkTarget(context, target);
  const waiting = context.people.waiting('asking for the endpoint');
  try {
    const request = endpointRequest(context, target, graphAccess(context, tokenSource(context)));
    const endpoint = await patiently(context, 'get the endpoint', context.signal, () => fetchEndpoint(request, context.signal), { otherwise: 'final' });
    waiting.stop();
    await context.answer(endpoint.raw);
  } finally {
    waiting.stop();
  }
}

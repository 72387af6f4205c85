import { fetchEndpoint } from '../graph/endpoint.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import type { CommandContext } from '../app/context.ts';
import { endpointRequest, graphAccess, tokenSource } from '../app/graph-access.ts';
import { patiently } from '../app/patience.ts';
import { checkSingleDrive, findDrive, type TargetFlags } from '../watch/finding/find-target.ts';

/** `runEndpoint` asks for the endpoint once and prints the answer as JSON, including the secret URL: that is its purpose. */
export async function runEndpoint(context: CommandContext, named: WantedTarget, { redeem = false }: TargetFlags): Promise<void> {
  const wanted = checkSingleDrive(context, named);
  const get = graphAccess(context, tokenSource(context));
  const waiting = context.people.waiting('getting the endpoint');
  try {
    const { target } = await findDrive(context, wanted, { get, signal: context.signal, redeem });
    const request = endpointRequest(context, target, get);
    const endpoint = await patiently(context, 'get the endpoint', context.signal, () => fetchEndpoint(request, context.signal), { otherwise: 'final' });
    waiting.stop();
    await context.answer(endpoint.raw);
  } finally {
    waiting.stop();
  }
}

import type { CommandContext } from '../app/context.ts';
import { tokenSource } from '../app/graph-access.ts';
import { patiently } from '../app/patience.ts';

/**
 * `runToken` is `graph-watch token`: it prints the access token that the other commands would send to Graph now, and
 * nothing else, refreshed if it is about to expire. Whoever has it can use the account: that it is printed is the purpose.
 */
export async function runToken(context: CommandContext): Promise<void> {
  const tokens = tokenSource(context);
  const token = await patiently(context, 'get a token', context.signal, () => tokens.get({ signal: context.signal }), { otherwise: 'final' });
  await context.print(`${token}\n`);
}

import { NOT_SIGNED_IN } from '../auth/accounts.ts';
import type { TokenSource } from '../auth/token-source.ts';
import { WatchError } from '../errors.ts';
import type { CommandContext } from '../app/context.ts';
import { tokenSource } from '../app/graph-access.ts';

/** SignIn runs a sign-in by device code, as `graph-watch login` does. */
export type SignIn = (context: CommandContext) => Promise<void>;

/**
 * `signedInTokens` returns the tokens to watch with. If nobody is signed in and somebody sits at a terminal, it runs the
 * device-code sign-in first; a script gets the error (exit 3).
 */
export async function signedInTokens(context: CommandContext, signIn: SignIn): Promise<TokenSource> {
  const tokens = tokenSource(context);
  if (tokens.kind !== 'sign-in') return tokens;
  try {
    await tokens.get({ signal: context.signal });
  } catch (error) {
    // The sign-in service cannot be reached: the stream tries again for a while, and says so.
    if (error instanceof WatchError && error.category === 'network') return tokens;
    const { stdin, stderr } = context.surroundings;
    const somebodyThere = stdin.isTTY === true && stderr.isTTY === true;
    if (!(error instanceof WatchError) || error.code !== NOT_SIGNED_IN || !somebodyThere) throw error;
    await signIn(context);
  }
  return tokens;
}

import type { TokenSource } from '../auth/token-source.ts';
import { codeOf, innermostMessage, WatchError } from '../errors.ts';
import { rejectWhenAborted } from '../lib/abort.ts';
import { isSystemError } from '../lib/system-errors.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { TokenFunction } from './options.ts';

/** `givenToken` makes a TokenSource from the caller's token, or from the function that returns one. */
export function givenToken(token: string | TokenFunction, redactor: Redactor): TokenSource {
  return {
    kind: 'token',
    async get({ forceRefresh = false, refused, signal = new AbortController().signal } = {}) {
      const given = typeof token === 'string' ? token : await ask(token, { refused: forceRefresh ? refused : undefined, signal });
      const text: unknown = typeof given === 'string' ? given.trim() : given;
      if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) {
        throw new WatchError('auth', typeof token === 'string' ? 'The token option is not a valid access token.' : 'The token function did not return a valid access token.', { hint: 'It must be the bare token, with nothing around it.' });
      }
      redactor.add(text);
      if (forceRefresh && (typeof token === 'string' || text === refused)) {
        // The error has the status of a refusal, so that a function that soon has a new token is called again.
        throw new WatchError('auth', 'Graph refused the access token: it is invalid or has expired.', {
          status: 401, hint: typeof token === 'string' ? 'Pass a function that returns a fresh one as the token option.' : 'The function returned the refused token again: check the `refused` field of its argument, and return a different token.',
        });
      }
      return text;
    },
  };
}

async function ask(token: TokenFunction, { refused, signal }: { refused: string | undefined; signal: AbortSignal }): Promise<string> {
  try {
    return await rejectWhenAborted((async () => token({ signal, ...(refused === undefined ? {} : { refused }) }))(), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WatchError) throw error;
    const code = codeOf(error);
    const passes = isSystemError(error) || code === 'EAI_AGAIN' || code?.startsWith('UND_ERR_') === true;
    throw new WatchError(passes ? 'network' : 'auth', `No access token: ${innermostMessage(error)}`, { code, cause: error });
  }
}

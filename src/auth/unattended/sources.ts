import { lazily } from '../../lib/lazily.ts';
import type { TokenSource } from '../token-source.ts';
import type { UnattendedOptions } from './app.ts';

/** AUTH_KINDS are the ways for the process to prove who it is: as a signed-in user, as an app, or by the machine's own identity. */
export const AUTH_KINDS = ['user', 'app', 'managed-identity'] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

/** `unattendedTokens` creates the source for `--auth app` and `--auth managed-identity`. Their libraries are loaded with the first token. */
export function unattendedTokens(kind: Exclude<AuthKind, 'user'>, options: UnattendedOptions): TokenSource {
  return onDemand(kind, async () => {
    if (kind === 'app') return (await import('./app.ts')).appTokens(options);
    return (await import('./managed-identity.ts')).managedIdentityTokens(options);
  });
}

/** `commandTokens` creates the source for `GRAPH_WATCH_TOKEN_COMMAND`. */
export function commandTokens(line: string, options: Pick<UnattendedOptions, 'env' | 'clock' | 'redactor' | 'warn'>): TokenSource {
  return onDemand('token-command', async () => {
    const [{ heldTokens }, { runTokenCommand }] = await Promise.all([import('./held-token.ts'), import('./token-command.ts')]);
    return heldTokens({ ...options, kind: 'token-command', issue: (signal) => runTokenCommand(line, options.env, signal) });
  });
}

function onDemand(kind: TokenSource['kind'], load: () => Promise<TokenSource>): TokenSource {
  const source = lazily(load);
  let loaded: TokenSource | undefined;
  return {
    kind,
    expiresAt: () => loaded?.expiresAt?.(),
    async get(options) {
      loaded = await source();
      return loaded.get(options);
    },
  };
}

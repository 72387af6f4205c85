import type { KeyVault } from '../auth/key-vault.ts';
import { TokenStore } from '../auth/token-store.ts';
import type { CommandContext } from './context.ts';

/** The context of a command that touches the stored sign-ins. */
export interface SignInCommandContext extends CommandContext {
  /** Instead of the operating system's keyring, which neither a demo nor a test should write to. */
  readonly vault?: KeyVault | undefined;
}

/** The stored sign-ins of the configuration folder. */
export function tokenStore({ settings, people, surroundings, redactor, vault }: SignInCommandContext): TokenStore {
  return new TokenStore({
    configFolder: settings.configFolder,
    clock: surroundings.clock,
    redactor,
    vault,
    warn: (line) => {
      people.warn(line);
    },
  });
}

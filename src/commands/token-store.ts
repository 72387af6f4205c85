import { TokenStore } from '../auth/token-store.ts';
import type { CommandContext } from './context.ts';

/** The stored sign-ins of the configuration folder. */
export function tokenStore({ settings, people, surroundings, redactor, vault }: CommandContext): TokenStore {
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

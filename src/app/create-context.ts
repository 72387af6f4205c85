import { readFileSync } from 'node:fs';
import type { KeyVault } from '../auth/store/key-vault.ts';
import { RequestPace } from '../graph/request-pace.ts';
import type { Network } from '../net/network.ts';
import type { Send } from '../net/send.ts';
import type { People } from '../output/people.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CommandContext } from './context.ts';
import { printAll } from './printing.ts';
import type { Settings } from './settings.ts';

interface Parts {
  surroundings: Surroundings;
  settings: Settings;
  redactor: Redactor;
  people: People;
  signal: AbortSignal;
  onHangup: CommandContext['onHangup'];
  onAbruptExit: CommandContext['onAbruptExit'];
  vault?: KeyVault | undefined;
}

/** `createContext` creates what a command is given; the network is loaded and opened at first use. */
export function createContext(parts: Parts): { context: CommandContext; close: () => Promise<void> } {
  const { surroundings, settings } = parts;
  let opened: Promise<{ network: Network; send: Send }> | undefined;
  const open = (): Promise<{ network: Network; send: Send }> => (opened ??= openNetwork(settings, surroundings));
  const print = async (text: string): Promise<void> => {
    await printAll(surroundings.stdout, [text]);
  };
  return {
    context: {
      ...parts,
      network: async () => (await open()).network,
      send: async (request) => (await open()).send(request),
      pace: new RequestPace({ clock: surroundings.clock, onDelay: (message) => { parts.people.say(message); } }),
      print,
      answer: (value) => print(`${JSON.stringify(value)}\n`),
    },
    close: async () => {
      if (opened !== undefined) await (await opened).network.close();
    },
  };
}

async function openNetwork({ extraCaFile, cloud }: Settings, { env }: Surroundings): Promise<{ network: Network; send: Send }> {
  const [{ createNetwork }, { createSend }] = await Promise.all([import('../net/network.ts'), import('../net/send.ts')]);
  // `--cloud emulator` needs no further setting, not even NO_PROXY: a proxy could not reach this machine's loopback.
  const network = createNetwork({ extraCa: extraCaFile === undefined ? undefined : readIfThere(extraCaFile), env, loopbackDirect: cloud === 'emulator' });
  return { network, send: createSend(network) };
}

/** The emulator's CA does not exist before its first start: then the connection fails, with a hint. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

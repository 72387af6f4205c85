import { readFileSync } from 'node:fs';
import type { KeyVault } from '../auth/store/key-vault.ts';
import { RequestPace } from '../graph/request-pace.ts';
import type { Network } from '../net/network.ts';
import type { Send } from '../net/send.ts';
import type { People } from '../output/people.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CommandContext, WatchContext } from './context.ts';
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

/** `createContext` creates what a command is given. */
export function createContext(parts: Parts): { context: CommandContext; close: () => Promise<void> } {
  const { context: { network, send, pace }, close } = createWatchContext(parts);
  const print = async (text: string): Promise<void> => {
    await printAll(parts.surroundings.stdout, [text]);
  };
  // The parts may be another context, as in the demo: its network is not this one's.
  return { context: { ...parts, network, send, pace, print, answer: (value) => print(`${JSON.stringify(value)}\n`) }, close };
}

/** WatchParts are what a watch is given, and what its network is made of. */
export interface WatchParts extends Omit<WatchContext, 'network' | 'send' | 'pace'> {
  /** A PEM to trust in addition to the public roots; unless it is given, the emulator's if the settings name it. */
  extraCa?: string | undefined;
}

/** `createWatchContext` creates what a watch is given; the network is loaded and opened at first use. */
export function createWatchContext({ extraCa, ...parts }: WatchParts): { context: WatchContext; close: () => Promise<void> } {
  const { surroundings, settings } = parts;
  let opened: Promise<{ network: Network; send: Send }> | undefined;
  const open = (): Promise<{ network: Network; send: Send }> => (opened ??= openNetwork(settings, surroundings, extraCa));
  return {
    context: {
      ...parts,
      network: async () => (await open()).network,
      send: async (request) => (await open()).send(request),
      pace: new RequestPace({ clock: surroundings.clock, onDelay: (message) => { parts.people.say(message); } }),
    },
    close: async () => {
      if (opened !== undefined) await (await opened).network.close();
    },
  };
}

async function openNetwork({ extraCaFile, cloud }: Settings, { env }: Pick<Surroundings, 'env'>, given: string | undefined): Promise<{ network: Network; send: Send }> {
  const [{ createNetwork }, { createSend }] = await Promise.all([import('../net/network.ts'), import('../net/send.ts')]);
  // `--cloud emulator` needs no further setting, not even NO_PROXY: a proxy could not reach this machine's loopback.
  const extraCa = given ?? (extraCaFile === undefined ? undefined : readIfThere(extraCaFile));
  const network = createNetwork({ extraCa, env, loopbackDirect: cloud === 'emulator' });
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

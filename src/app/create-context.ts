import { readFileSync } from 'node:fs';
import { WatchError } from '../errors.ts';
import type { KeyVault } from '../auth/store/key-vault.ts';
import type { Network } from '../net/network.ts';
import type { Send } from '../net/send.ts';
import type { People } from '../output/people.ts';
import { createWriter } from '../output/writer.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CommandContext } from './context.ts';
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

/** How long a command's answer is given to reach a slow reader. */
const ANSWER_WITHIN_MS = 10_000;

/** What a command is given; the network is loaded and opened by the first that needs it. */
export function createContext(parts: Parts): { context: CommandContext; close: () => Promise<void> } {
  const { surroundings, settings } = parts;
  let opened: Promise<{ network: Network; send: Send }> | undefined;
  const open = (): Promise<{ network: Network; send: Send }> => (opened ??= openNetwork(settings, surroundings));
  const print = async (text: string): Promise<void> => {
    const writer = createWriter(surroundings.stdout);
    await writer.write(text);
    const taken = await writer.flush(ANSWER_WITHIN_MS);
    if (writer.failed.reason instanceof WatchError) throw writer.failed.reason;
    if (!taken) throw new WatchError('internal', 'stdout\'s reader did not take the whole answer.', { code: 'readerStalled', hint: 'Check what reads stdout: it had stopped reading.' });
  };
  return {
    context: {
      ...parts,
      network: async () => (await open()).network,
      send: async (request) => (await open()).send(request),
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
  // `--cloud emulator` needs no further setting: not a NO_PROXY either, and no proxy knows the way to this machine.
  const network = createNetwork({ extraCa: extraCaFile === undefined ? undefined : readIfThere(extraCaFile), env, loopbackDirect: cloud === 'emulator' });
  return { network, send: createSend(network) };
}

/** The emulator's CA is not there before its first start: what fails then is the connection, with a hint. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

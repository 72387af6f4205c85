import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How `--cloud emulator` finds the emulator: it writes this file when it starts. */
export interface EmulatorFile {
  graphUrl: string;
  /** The sign-in host, without the tenant. */
  login: string;
  /** The PEM of the CA that its certificates are from. */
  caFile: string;
}

export const EMULATOR_PORT = 8443;
export const EMULATOR_PUSH_PORT = 8444;

export function emulatorFolder(configFolder: string): string {
  return join(configFolder, 'emulator');
}

export function emulatorFilePath(configFolder: string): string {
  return join(emulatorFolder(configFolder), 'emulator.json');
}

/** What the emulator that was started last has written; its defaults where none has been. */
export function readEmulatorFile(configFolder: string): EmulatorFile {
  const root = `https://localhost:${EMULATOR_PORT}`;
  const usual: EmulatorFile = { graphUrl: root, login: root, caFile: join(emulatorFolder(configFolder), 'ca', 'ca.pem') };
  try {
    const found = JSON.parse(readFileSync(emulatorFilePath(configFolder), 'utf8')) as Partial<EmulatorFile>;
    return { ...usual, ...found };
  } catch {
    // None was started here yet, or its file is being written: what fails then is the connection, with a hint.
    return usual;
  }
}

import type { Emulator, EmulatorOptions } from './emulator.ts';

/**
 * `createEmulator` starts a local emulator of Microsoft Graph for development and tests, like `graph-watch emulator`, on free ports of
 * loopback. It serves a folder as the drive. Rejects with a `WatchError` if a port or a folder cannot be used.
 *
 * @param options - Where its drive is, and how it behaves.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { startForTests } = await import('./start-emulator.ts');
  return startForTests(options);
}

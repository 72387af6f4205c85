import { runEmulator } from '../../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../../src/emulator/start.ts';

/** An emulator for programs that ask Microsoft's hosts and nothing else. */
export interface FixedHosts extends RunningEmulator {
  /** Leads a program here that honours these variables. */
  env: Record<string, string>;
  /** Does what a browser does with the address of a sign-in, up to the address that it ends at. */
  browse(authorizeUrl: string): Promise<string>;
}

export async function runForFixedHosts(options: Partial<EmulatorOptions> = {}): Promise<FixedHosts> {
  const running = await runEmulator({ alsoAnswer: ['graph.microsoft.com', 'login.microsoftonline.com'], proxyPort: 0, autoApprove: true, approveDelayMs: 0, ...options });
  const { proxyUrl = '', caFile } = running.emulator;
  return {
    ...running,
    env: { HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl, NO_PROXY: 'localhost', SSL_CERT_FILE: caFile, NODE_EXTRA_CA_CERTS: caFile },
    browse: async (authorizeUrl) => {
      const { host, pathname, search } = new URL(authorizeUrl);
      const { headers: { location } } = await running.send(`${pathname}${search}`, { headers: { host } });
      return String(location);
    },
  };
}

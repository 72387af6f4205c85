import { runEmulator } from '../../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../../src/emulator/start.ts';

/** An emulator for programs that only ever use Microsoft's hosts. */
export interface FixedHosts extends RunningEmulator {
  /** Leads programs that obey these variables here. */
  env: Record<string, string>;
  /** Follows a sign-in address as a browser does, and returns the address at which it ends. */
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

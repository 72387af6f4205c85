import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { startBinary } from './binary.ts';

/** The emulator as a separate process, which can be sent anything. */
export interface EmulatorProcess {
  readonly graphUrl: URL;
  readonly ca: string;
  /** A folder for a test's temporary files. */
  readonly place: string;
  readonly folder: string;
  /** What it wrote to stderr since it was ready, which is its log. */
  log(): string;
  /** The status of a GET that any running emulator answers; rejects if there is no answer. */
  probe(): Promise<number>;
  /** The JSON answer to an admin command. */
  admin(command: string, body?: unknown): Promise<Record<string, unknown>>;
  /** The JSON answer to a GET from Graph as the first user. */
  graph(path: string): Promise<Record<string, unknown>>;
  /** Opens a TLS connection to the port, writes the bytes, waits until the emulator has answered a probe, and cuts the connection. Resolves to what it received. */
  throwAt(port: number, bytes: Buffer | string): Promise<string>;
  /** Stops it and resolves to the exit code. Throws if it had already ended. */
  stop(): Promise<number | string>;
}

export async function emulatorProcess(args: readonly string[] = []): Promise<EmulatorProcess> {
  const place = mkdtempSync(join(tmpdir(), 'emulator-process-'));
  const folder = join(place, 'drive');
  const config = join(place, 'config');
  const running = startBinary(['emulator', folder, '--port', '0', '--push-port', '0', '--admin', ...args], { env: { GRAPH_WATCH_CONFIG_DIR: config } });
  await running.until('stderr', 'Ctrl-C');
  const graphUrl = new URL(/https:\/\/localhost:\d+(?=\/v1\.0)/.exec(running.stderr)?.[0] ?? 'missing:');
  const welcomeLength = running.stderr.length;
  const ca = readFileSync(join(config, 'emulator', 'ca', 'ca.pem'), 'utf8');
  const agent = new Agent({ ca, keepAlive: true });
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, graphUrl), { method, headers, agent }, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const probe = async (): Promise<number> => (await send('GET', '/sign-in/style.css')).status;
  const admin = async (command: string, body: unknown = {}): Promise<Record<string, unknown>> =>
    JSON.parse((await send('POST', `/admin/${command}`, { 'x-emulator-admin': '1' }, JSON.stringify(body))).text) as Record<string, unknown>;
  return {
    graphUrl, ca, place, folder, probe, admin,
    log: () => running.stderr.slice(welcomeLength),
    graph: async (path) => {
      const { access_token: token } = await admin('token');
      return JSON.parse((await send('GET', path, { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' })).text) as Record<string, unknown>;
    },
    throwAt: (port, bytes) =>
      new Promise((resolve, reject) => {
        let answer = '';
        const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () => {
          socket.write(bytes, () => {
            probe().then(() => {
              socket.destroy();
              resolve(answer);
            }, reject);
          });
        });
        socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
        socket.on('error', (error: NodeJS.ErrnoException) => {
          // The emulator may cut a connection that it has accepted, but a port that refuses connections means that it has ended.
          if (error.code === 'ECONNREFUSED') reject(new Error(`the emulator has ended: ${running.stderr}`));
        });
      }),
    stop: async () => {
      agent.destroy();
      if (running.process.exitCode !== null) throw new Error(`the emulator had ended: ${running.stderr}`);
      running.process.kill('SIGTERM');
      const { code } = await running.done;
      rmSync(place, { recursive: true, force: true });
      return code;
    },
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../../../src/emulator/start.ts';
import type { Emulator, EmulatorOptions } from '../../../../src/emulator/start.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The body as JSON; empty if it is not JSON. */
  json: Record<string, unknown>;
  /** The value at this path of the JSON, or undefined. */
  at(...path: readonly (string | number)[]): unknown;
  /** The same, but it must be a string. */
  string(...path: readonly (string | number)[]): string;
  /** The `value` of a collection. */
  items(): Record<string, unknown>[];
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export interface RunningEmulator {
  emulator: Emulator;
  folder: string;
  agent: Agent;
  /** `path` may be a whole URL, such as a link. */
  send(path: string, options?: RequestOptions): Promise<Answer>;
  /** A GET request to Graph as the default user. */
  graph(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** A POST request to an admin route. */
  admin(command: string, body?: unknown): Promise<Answer>;
  /** Posts a form as a page of the emulator does. */
  form(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** An emulator on free ports with its own folder, and clients that trust it. */
export async function runEmulator(options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> {
  const place = await mkdtemp(join(tmpdir(), 'emulator-test-'));
  const folder = options.folder ?? join(place, 'drive');
  const emulator = await startEmulator({ folder, stateFolder: join(place, 'state'), port: 0, pushPort: 0, admin: true, notifyDelayMs: 0, ...options });
  const agent = new Agent({ ca: emulator.ca, keepAlive: true });
  const token = emulator.admin.issueToken();
  const send = (path: string, { method = 'GET', headers = {}, body, signal }: RequestOptions = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const url = new URL(path, emulator.graphUrl);
      const outgoing = request(url, { method, headers, agent, servername: 'localhost', ...(signal === undefined ? {} : { signal }) }, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (piece: string) => (text += piece));
        incoming.on('end', () => {
          resolve(answerOf(incoming.statusCode ?? 0, incoming.headers, text));
        });
        incoming.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return {
    emulator,
    folder,
    agent,
    send,
    graph: (path, headers = {}) => send(path, { headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers } }),
    admin: (command, body = {}) =>
      send(`/admin/${command}`, { method: 'POST', headers: { 'x-emulator-admin': '1' }, body: JSON.stringify(body) }),
    form: (path, fields, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: emulator.graphUrl, ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    close: async () => {
      agent.destroy();
      await emulator.close();
      await rm(place, { recursive: true, force: true });
    },
  };
}

function answerOf(status: number, headers: Answer['headers'], text: string): Answer {
  const json = parsed(text);
  const at = (...path: readonly (string | number)[]): unknown => lookUp(json, path);
  return {
    status,
    headers,
    text,
    json,
    at,
    string: (...path) => {
      const found = at(...path);
      if (typeof found !== 'string') throw new Error(`no string at ${path.join('.')} of ${text}`);
      return found;
    },
    items: () => at('value') as Record<string, unknown>[],
  };
}

/** The value at a path of a JSON value. */
export function lookUp(json: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined), json);
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

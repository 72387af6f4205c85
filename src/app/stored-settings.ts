import { mkdir } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOUD_NAMES, isCloudName } from '../auth/clouds.ts';
import { AUTH_KINDS } from '../auth/unattended/sources.ts';
import { usageError } from '../errors.ts';
import { OUTPUT_FORMATS } from '../output/format.ts';
import { isLoopback } from '../net/loopback.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import { decodeText, isPlainUtf8 } from '../lib/text-file.ts';
import { writeWhole } from '../lib/write-whole.ts';
import { refusedBySystem } from '../lib/system-errors.ts';

/** SettingKey is a setting that can be stored; its environment variable is stronger. */
export interface SettingKey {
  readonly key: string;
  readonly env: string;
  /** The flag that is stronger than both, if there is one. */
  readonly flag?: string;
  /** One line for the help. */
  readonly about: string;
  /** What is wrong with a value, as the end of "… is not a valid tenant: it …"; `undefined` if nothing is. */
  readonly problem: (value: string) => string | undefined;
}

const httpsUrl = (value: string): string | undefined => {
  if (!URL.canParse(value)) return 'must be a URL, like https://localhost:8443';
  const { protocol, hostname, username, password, search, hash } = new URL(value);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) return 'must be https (plain http only on loopback)';
  return username !== '' || password !== '' || search !== '' || hash !== '' ? 'must not have a user, query or fragment' : undefined;
};
const idOrName = (value: string): string | undefined =>
  /^[\w.-]+$/.test(value) && !/^\.+$/.test(value) ? undefined : 'must be a GUID or a name like contoso.onmicrosoft.com';
const guid = (value: string): string | undefined => (/^[\w-]+$/.test(value) ? undefined : 'must be an application id, a GUID');
const oneOf = (...values: string[]) => (value: string) => (values.includes(value) ? undefined : `must be one of ${values.join(', ')}`);
/** What Microsoft asks for (how-to-avoid-getting-throttled, "decorate your traffic"): who, and which company. No header may hold more. */
const decoration = (value: string): string | undefined =>
  /^(?:NON)?ISV\|[A-Za-z0-9](?:[A-Za-z0-9 ._&-]{0,62}[A-Za-z0-9._-])?$/.test(value) ? undefined : 'must be like NONISV|Contoso (ISV if you sell it), with a company of letters, digits, spaces and . _ & -';
const anything = (value: string): string | undefined => (value.trim() === '' ? 'must not be empty' : undefined);

/** `SETTING_KEYS` lists what is configurable, and under which names. */
export const SETTING_KEYS = [
  { key: 'auth', env: 'GRAPH_WATCH_AUTH', flag: '--auth', about: 'how to sign in: user, app or managed-identity', problem: oneOf(...AUTH_KINDS) },
  { key: 'client-id', env: 'GRAPH_WATCH_CLIENT_ID', flag: '--client-id', about: 'the app to sign in as', problem: guid },
  { key: 'tenant', env: 'GRAPH_WATCH_TENANT', flag: '--tenant', about: 'the tenant to sign in to', problem: idOrName },
  {
    key: 'cloud', env: 'GRAPH_WATCH_CLOUD', flag: '--cloud', about: 'the Microsoft cloud',
    problem: (value) => (isCloudName(value) ? undefined : `must be one of ${CLOUD_NAMES.join(', ')}`),
  },
  { key: 'account', env: 'GRAPH_WATCH_ACCOUNT', flag: '--account', about: 'which of several signed-in accounts', problem: anything },
  { key: 'output', env: 'GRAPH_WATCH_OUTPUT', flag: '--output', about: 'the output format', problem: oneOf(...OUTPUT_FORMATS, 'json') },
  { key: 'graph-url', env: 'GRAPH_WATCH_GRAPH_URL', about: 'another Graph root, without the version', problem: httpsUrl },
  { key: 'authority', env: 'GRAPH_WATCH_AUTHORITY', about: 'another sign-in authority, tenant included', problem: httpsUrl },
  { key: 'user-agent', env: 'GRAPH_WATCH_USER_AGENT', flag: '--user-agent', about: 'how to identify requests to Microsoft: NONISV|<company> or ISV|<company>', problem: decoration },
  { key: 'token-file', env: 'GRAPH_WATCH_TOKEN_FILE', about: 'a file that holds an access token', problem: anything },
] as const satisfies readonly SettingKey[];

export type SettingName = (typeof SETTING_KEYS)[number]['key'];
export type StoredConfig = Partial<Record<SettingName, string>>;

export function configPath(folder: string): string {
  return join(folder, 'config.json');
}

/** `settingKey` returns the setting of this name. Throws a usage error for any other. */
export function settingKey(name: string): SettingKey & { readonly key: SettingName } {
  const found = SETTING_KEYS.find(({ key }) => key === name);
  if (found !== undefined) return found;
  if (/token|secret|password/i.test(name)) {
    throw usageError(
      `"${name}" cannot be stored: the configuration is plain text.`,
      'Set GRAPH_WATCH_TOKEN in the environment, or store the path of a token file: graph-watch config set token-file <path>.',
    );
  }
  throw usageError(`Unknown setting "${name}".`, `Valid keys: ${SETTING_KEYS.map(({ key }) => key).join(', ')}.`);
}

/** `checkSetting` throws a usage error for a value that the setting cannot have. */
export function checkSetting({ key, problem }: SettingKey, value: string): void {
  const wrong = problem(value);
  if (wrong !== undefined) throw usageError(`"${value}" is not a valid ${key}: it ${wrong}.`);
}

/**
 * `readConfig` returns the stored configuration; `{}` if there is none. It runs at every start, so it does without the
 * library that writes it. Throws a usage error that names the file if it is damaged.
 */
export function readConfig(folder: string): StoredConfig {
  const path = configPath(folder);
  let text: string;
  try {
    text = decodeText(readFileSync(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw usageError(`The configuration cannot be read: ${message}`, 'Set GRAPH_WATCH_CONFIG_DIR to another folder.');
  }
  const values = parseJson(text);
  if (!isRecord(values)) throw usageError(`The configuration is damaged: ${path}`, 'Repair or delete the file.');
  const config: StoredConfig = {};
  for (const setting of SETTING_KEYS) {
    const value = values[setting.key];
    if (value === undefined) continue;
    const wrong = typeof value === 'string' ? setting.problem(value) : 'must be a string';
    if (wrong !== undefined) {
      throw usageError(`The configuration is invalid: ${setting.key} ${wrong} (${path}).`, 'Correct or delete the line in that file.');
    }
    config[setting.key] = value as string;
  }
  return config;
}

/** `writeSetting` stores one value, or removes it with `undefined`. Resolves to whether anything changed; rejects with a usage error if it cannot be stored. */
export async function writeSetting(folder: string, key: SettingName, value: string | undefined): Promise<boolean> {
  if (readConfig(folder)[key] === value) return false;
  await refusedBySystem('The setting cannot be stored', 'Make the folder writable, or set GRAPH_WATCH_CONFIG_DIR to another one.', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await makePlain(configPath(folder));
    const { loadConf } = await import('./load-conf.ts');
    const Conf = await loadConf();
    const store = new Conf<Record<string, unknown>>({
      cwd: folder,
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
    });
    if (value === undefined) store.delete(key);
    else store.set(key, value);
  });
  return true;
}

/** conf reads only UTF-8 without a byte order mark. */
async function makePlain(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  if (!isPlainUtf8(bytes)) await writeWhole(path, decodeText(bytes));
}

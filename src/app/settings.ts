import { CLOUDS, DEFAULT_CLIENT_ID, DEFAULT_TENANT, type CloudName } from '../auth/clouds.ts';
import type { AuthKind } from '../auth/unattended/sources.ts';
import { usageError } from '../errors.ts';
import { nonBlank } from '../lib/non-blank.ts';
import type { OutputFormat } from '../output/format.ts';
import { configFolder, withHome } from './config-folder.ts';
import { readConfig, settingKey, type SettingName } from './stored-settings.ts';
import { readEmulatorFile } from './emulator-file.ts';

/** Settings are flags, environment and stored configuration, checked and merged. */
export interface Settings {
  readonly cloud: CloudName;
  readonly clientId: string;
  readonly tenant: string;
  /** Which of several signed-in accounts; `undefined`: the one signed in last. */
  readonly account: string | undefined;
  readonly output: OutputFormat | undefined;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** `undefined`: color if the stream is a terminal. */
  readonly color: boolean | undefined;
  readonly configFolder: string;
  /** The Graph root, without the version. */
  readonly graphUrl: string;
  /** The sign-in authority, tenant included. */
  readonly authority: string;
  /** A PEM file to trust in addition to the public roots: the emulator's CA. */
  readonly extraCaFile: string | undefined;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly tokenCommand: string | undefined;
  readonly auth: AuthKind;
  /** The app, or the user-assigned identity, of an unattended sign-in; the Azure SDK's variables are read too. */
  readonly appId: string | undefined;
  /** Begins the User-Agent of requests to Graph: `NONISV|Contoso`. */
  readonly userAgent: string;
}

/** The global flags, as commander gives them. */
export interface GlobalFlags {
  auth?: string;
  cloud?: string;
  clientId?: string;
  tenant?: string;
  account?: string;
  userAgent?: string;
  quiet?: boolean;
  debug?: boolean;
  /** False with `--no-color`. */
  color?: boolean;
}

/** Microsoft serves decorated traffic before other traffic; software that is sold says so with `ISV|<company>`. */
const DEFAULT_USER_AGENT = 'NONISV|graph-watch';

type Env = Readonly<Record<string, string | undefined>>;

/** One source of settings; a stronger one comes before a weaker one. */
interface Layer {
  cloud?: string | undefined;
  graphUrl?: string | undefined;
  authority?: string | undefined;
  tenant?: string | undefined;
}

/** `readSettings` reads and merges all settings. Throws a usage error for any invalid value. */
export async function readSettings(flags: GlobalFlags, env: Env): Promise<Settings> {
  const folder = await configFolder(env);
  const stored = readConfig(folder);
  const layers: Layer[] = [
    { cloud: flags.cloud, tenant: flags.tenant },
    {
      cloud: nonBlank(env.GRAPH_WATCH_CLOUD),
      graphUrl: nonBlank(env.GRAPH_WATCH_GRAPH_URL),
      authority: nonBlank(env.GRAPH_WATCH_AUTHORITY),
      tenant: nonBlank(env.GRAPH_WATCH_TENANT),
    },
    { cloud: stored.cloud, graphUrl: stored['graph-url'], authority: stored.authority, tenant: stored.tenant },
  ];
  const cloud = checked('cloud', first(layers, 'cloud') ?? 'global') as CloudName;
  const auth = checked('auth', flags.auth ?? nonBlank(env.GRAPH_WATCH_AUTH) ?? stored.auth ?? 'user') as AuthKind;
  const azure = (name: string): string | undefined => (auth === 'user' ? undefined : nonBlank(env[name]));
  const tenant = checked('tenant', first(layers, 'tenant') ?? azure('AZURE_TENANT_ID') ?? DEFAULT_TENANT);
  const ownApp = flags.clientId ?? nonBlank(env.GRAPH_WATCH_CLIENT_ID) ?? stored['client-id'];
  const appId = auth === 'user' ? undefined : (ownApp ?? azure('AZURE_CLIENT_ID'));
  const tokenFile = nonBlank(env.GRAPH_WATCH_TOKEN_FILE) ?? stored['token-file'];
  const output = nonBlank(env.GRAPH_WATCH_OUTPUT) ?? stored.output;
  const emulator = cloud === 'emulator' ? readEmulatorFile(folder) : undefined;
  const place = cloud === 'emulator' ? undefined : CLOUDS[cloud];
  return {
    cloud,
    tenant,
    clientId: checked('client-id', ownApp ?? DEFAULT_CLIENT_ID),
    auth,
    appId: appId === undefined ? undefined : checked('client-id', appId),
    account: flags.account ?? nonBlank(env.GRAPH_WATCH_ACCOUNT) ?? stored.account,
    output: output === undefined ? undefined : outputFormat(checked('output', output)),
    quiet: flags.quiet ?? false,
    debug: flags.debug ?? false,
    color: colorOf(flags.color, env),
    configFolder: folder,
    graphUrl: withoutSlash(checked('graph-url', ownUrl(layers, 'graphUrl') ?? emulator?.graphUrl ?? place?.graph ?? '')),
    authority: withoutSlash(checked('authority', ownAuthority(layers) ?? `${emulator?.login ?? place?.login ?? ''}/${tenant}`)),
    extraCaFile: emulator?.caFile,
    token: nonBlank(env.GRAPH_WATCH_TOKEN),
    tokenFile: tokenFile === undefined ? undefined : withHome(tokenFile, 'GRAPH_WATCH_TOKEN_FILE', env),
    tokenCommand: nonBlank(env.GRAPH_WATCH_TOKEN_COMMAND),
    userAgent: checked('user-agent', flags.userAgent ?? nonBlank(env.GRAPH_WATCH_USER_AGENT) ?? stored['user-agent'] ?? DEFAULT_USER_AGENT),
  };
}

/** GivenSettings are what a program gives instead of flags, an environment and a stored configuration. */
export interface GivenSettings {
  cloud?: CloudName | undefined;
  graphUrl?: string | undefined;
  userAgent?: string | undefined;
}

/**
 * `givenSettings` makes settings of these alone: for a caller that has a token and wants nothing kept. Throws a usage error for any invalid
 * value.
 */
export function givenSettings({ cloud: name = 'global', graphUrl, userAgent = DEFAULT_USER_AGENT }: GivenSettings): Settings {
  const cloud = checked('cloud', name) as CloudName;
  return {
    cloud,
    tenant: DEFAULT_TENANT, clientId: DEFAULT_CLIENT_ID, auth: 'user', appId: undefined, account: undefined,
    output: undefined, quiet: false, debug: false, color: false,
    // Nothing is kept.
    configFolder: '',
    graphUrl: withoutSlash(checked('graph-url', graphUrl ?? CLOUDS[cloud].graph)),
    authority: `${CLOUDS[cloud].login}/${DEFAULT_TENANT}`,
    extraCaFile: undefined, token: undefined, tokenFile: undefined, tokenCommand: undefined,
    userAgent: checked('user-agent', userAgent),
  };
}

/**
 * A custom URL, unless a stronger layer chooses a cloud: `--cloud emulator` means the emulator,
 * even if the stored configuration has a `graph-url`.
 */
function ownUrl(layers: readonly Layer[], key: 'graphUrl' | 'authority'): string | undefined {
  for (const layer of layers) {
    if (layer[key] !== undefined) return layer[key];
    if (layer.cloud !== undefined) return undefined;
  }
  return undefined;
}

/** An authority contains its tenant; a tenant from a stronger layer replaces it, as a flag wins over a variable. */
function ownAuthority(layers: readonly Layer[]): string | undefined {
  const authority = ownUrl(layers, 'authority');
  const weaker = layers.findIndex((layer) => layer.authority !== undefined);
  const tenant = first(layers.slice(0, Math.max(0, weaker)), 'tenant');
  return authority === undefined || tenant === undefined || !URL.canParse(authority) ? authority : new URL(`/${tenant}`, authority).href;
}

function first(layers: readonly Layer[], key: keyof Layer): string | undefined {
  return layers.find((layer) => layer[key] !== undefined)?.[key];
}

/** Throws a usage error for a value that the setting cannot have, wherever it came from. */
function checked(key: SettingName, value: string): string {
  const problem = settingKey(key).problem(value);
  if (problem !== undefined) throw usageError(`"${value}" is not a valid ${key}: it ${problem}.`);
  return value;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Flags win; then NO_COLOR (https://no-color.org), then FORCE_COLOR. */
function colorOf(flag: boolean | undefined, env: Env): boolean | undefined {
  if (flag === false) return false;
  if (nonBlank(env.NO_COLOR) !== undefined) return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return env.TERM === 'dumb' ? false : undefined;
}

/** `json` is another word for `ndjson`, as for the flag. */
function outputFormat(checkedValue: string): OutputFormat {
  return checkedValue === 'json' ? 'ndjson' : (checkedValue as OutputFormat);
}

import { readFile } from 'node:fs/promises';
import { toError, usageError, WatchError } from '../../errors.ts';
import { isOutOfFiles } from '../../lib/system-errors.ts';
import { parseJson, textField } from '../../lib/json.ts';
import { nonBlank } from '../../lib/non-blank.ts';
import type { Redactor } from '../../lib/redactor.ts';
import type { Send } from '../../net/send.ts';
import type { CloudName } from '../clouds.ts';
import { readCertificate, type ClientCertificate } from './certificate.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** AppCredential is how an app proves who it is. Its name is what `status` shows; the content never. */
export type AppCredential =
  | { kind: 'secret'; secret: string }
  | { kind: 'certificate'; certificate: ClientCertificate }
  /** Gets a fresh assertion each time: CI tokens live for minutes, and files are rotated. */
  | { kind: 'federated-file' | 'github-actions'; assertion: (signal: AbortSignal) => Promise<string> };

/** The audience that Entra expects in a federated assertion, by cloud. Source: Entra, workload-identity-federation-considerations. */
const AUDIENCES: Readonly<Record<CloudName, string>> = {
  global: 'api://AzureADTokenExchange',
  usgov: 'api://AzureADTokenExchangeUSGov',
  'usgov-dod': 'api://AzureADTokenExchangeUSGov',
  china: 'api://AzureADTokenExchangeChina',
  emulator: 'api://AzureADTokenExchange',
};

export interface CredentialOptions {
  env: Env;
  cloud: CloudName;
  send: Send;
  redactor: Redactor;
}

/**
 * `appCredential` reads the credential of an app from the Azure SDK's variables, in its order: secret,
 * certificate, federated file, then GitHub Actions' own token. Throws a usage error if there is none.
 */
export async function appCredential({ env, cloud, send, redactor }: CredentialOptions): Promise<AppCredential> {
  const secret = nonBlank(env.AZURE_CLIENT_SECRET);
  if (secret !== undefined) {
    redactor.add(secret);
    return { kind: 'secret', secret };
  }
  const path = nonBlank(env.AZURE_CLIENT_CERTIFICATE_PATH);
  if (path !== undefined) {
    const password = nonBlank(env.AZURE_CLIENT_CERTIFICATE_PASSWORD);
    if (password !== undefined) redactor.add(password);
    const sendChain = /^(?:1|true)$/i.test(nonBlank(env.AZURE_CLIENT_SEND_CERTIFICATE_CHAIN) ?? '');
    return { kind: 'certificate', certificate: readCertificate(await readNamed(path, 'AZURE_CLIENT_CERTIFICATE_PATH'), path, { password, sendChain }) };
  }
  const file = nonBlank(env.AZURE_FEDERATED_TOKEN_FILE);
  if (file !== undefined) {
    return { kind: 'federated-file', assertion: async () => known(redactor, (await readNamed(file, 'AZURE_FEDERATED_TOKEN_FILE')).toString('utf8').trim(), file) };
  }
  const url = nonBlank(env.ACTIONS_ID_TOKEN_REQUEST_URL);
  const bearer = nonBlank(env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  if (url !== undefined && bearer !== undefined) {
    redactor.add(bearer);
    return { kind: 'github-actions', assertion: (signal) => githubAssertion({ url, bearer, audience: AUDIENCES[cloud], send, redactor }, signal) };
  }
  throw usageError('--auth app needs a credential of the app.',
    'Set AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE; in GitHub Actions, permissions: id-token: write is enough.');
}

/** `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…` answers `{"value": jwt}`. Source: GitHub, OpenID Connect reference. */
async function githubAssertion(
  { url, bearer, audience, send, redactor }: { url: string; bearer: string; audience: string; send: Send; redactor: Redactor },
  signal: AbortSignal,
): Promise<string> {
  if (!URL.canParse(url)) throw usageError('ACTIONS_ID_TOKEN_REQUEST_URL is not a valid URL.');
  const address = new URL(url);
  address.searchParams.set('audience', audience);
  const { status, body } = await send({ method: 'GET', url: address.href, headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' }, signal });
  const value = status < 300 ? textField(parseJson(body), 'value') : undefined;
  if (value !== undefined) return known(redactor, value, 'GitHub Actions');
  const passes = status >= 500 || status === 429;
  throw new WatchError(passes ? 'network' : 'auth', `GitHub Actions returned no ID token (HTTP ${status}).`, {
    status, code: 'noAssertion', hint: passes ? undefined : 'The job needs permissions: id-token: write.',
  });
}

function known(redactor: Redactor, assertion: string, where: string): string {
  redactor.add(assertion);
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion)) return assertion;
  throw new WatchError('auth', `${where} does not contain a JSON Web Token.`, { code: 'noAssertion', hint: 'It must contain only the assertion.' });
}

async function readNamed(path: string, variable: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    // Descriptors may be short for a moment. A missing file is a mistake: Kubernetes replaces a token in one step.
    throw new WatchError(isOutOfFiles(error) ? 'network' : 'auth', `The file in ${variable} cannot be read: ${toError(error).message}`, { cause: error, hint: `Check ${variable}.` });
  }
}

import { usageError } from '../errors.ts';
import { percentDecoded } from '../lib/percent-encoding.ts';

/** NatsAddress says where the broker is, and who connects. */
export interface NatsAddress {
  /** `host:port` of each server, in the order of the user. */
  servers: readonly string[];
  /** TLS from the start of the conversation; without it, a server may still require TLS. */
  tls: boolean;
  user: string | undefined;
  password: string | undefined;
  token: string | undefined;
}

const DEFAULT_PORT = '4222';
const EXAMPLE = 'For example: --nats nats://localhost:4222, or --nats tls://a.example.com,tls://b.example.com';

/**
 * `parseNatsAddress` reads `nats://[user:password@|token@]host[:port]`, `tls://…` or `host[:port]`, several separated by
 * commas. Throws a usage error that repeats no secret.
 */
export function parseNatsAddress(text: string): NatsAddress {
  const urls = text.split(',').map((part) => urlOf(part.trim()));
  const [first] = urls;
  if (first === undefined) throw usageError('--nats needs the address of a NATS server.', EXAMPLE);
  for (const { protocol, username, password } of urls) {
    if (protocol !== first.protocol) throw usageError('The servers of --nats mix nats:// and tls://.', 'Use the same for all of them.');
    // Giving them once is enough, but there cannot be two users.
    if (username !== '' && (username !== first.username || password !== first.password)) {
      throw usageError('The servers of --nats have different credentials.', 'Give them in the first address only.');
    }
  }
  const [user, password] = [decoded(first.username), decoded(first.password)];
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? DEFAULT_PORT : port}`),
    tls: first.protocol === 'tls:',
    user: password === undefined ? undefined : user,
    password,
    // A name without a password is a token, as in NATS's own tools.
    token: password === undefined ? user : undefined,
  };
}

function urlOf(part: string): URL {
  const text = part.includes('://') ? part : `nats://${part}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw usageError('--nats contains an invalid server address.', EXAMPLE);
  }
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') throw usageError(`--nats does not support ${url.protocol}//.`, EXAMPLE);
  return url;
}

function decoded(part: string): string | undefined {
  return part === '' ? undefined : percentDecoded(part);
}

import { usageError } from '../../errors.ts';
import { nonBlank } from '../../lib/non-blank.ts';
import { parseNatsAddress, type NatsAddress } from '../../net/nats-address.ts';
import { isSubjectPrefix } from '../../publish/subject.ts';

/** NatsFlags are the flags of `watch` about publishing, as commander gives them. */
export interface NatsFlags {
  nats?: string;
  natsCreds?: string;
  natsPrefix?: string;
}

/** NatsOptions say where events are also published. */
export interface NatsOptions {
  address: NatsAddress;
  credsFile: string | undefined;
  /** What subjects begin with. */
  prefix: string;
}

const DEFAULT_PREFIX = 'graph-watch';

/** `natsOptions` checks where to publish: by flag, or by `NATS_URL` and `NATS_CREDS`; `undefined` means nowhere. Throws a usage error that repeats no secret. */
export function natsOptions(flags: NatsFlags, env: Readonly<Record<string, string | undefined>>): NatsOptions | undefined {
  const { natsPrefix: prefix = DEFAULT_PREFIX } = flags;
  const nats = flags.nats ?? nonBlank(env.NATS_URL);
  if (nats === undefined) {
    if (flags.natsCreds !== undefined || flags.natsPrefix !== undefined) throw usageError('--nats-creds and --nats-prefix need --nats.', 'Add --nats <url>, or set NATS_URL.');
    return undefined;
  }
  if (!isSubjectPrefix(prefix)) throw usageError(`"${prefix}" is not a valid subject prefix.`, 'Use letters, digits, - and _, with dots between words.');
  return { address: parseNatsAddress(nats), credsFile: flags.natsCreds ?? nonBlank(env.NATS_CREDS), prefix };
}

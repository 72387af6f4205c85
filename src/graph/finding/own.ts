import { WatchError } from '../../errors.ts';
import { textField } from '../../lib/json.ts';
import { entriesOf } from './entries.ts';
import { candidateOf, DRIVE_FIELDS, type Candidate, type Search } from './found-drive.ts';
import { SOURCES } from './inquiry.ts';

/** AccountKind is whose token it is; `unknown` where the drive did not say. */
export type AccountKind = 'personal' | 'business' | 'app' | 'unknown';

/** Personal accounts have two or three phantoms. */
const MOST_OTHERS = 20;

/**
 * `ownDrives` yields the signed-in user's drives and returns the kind of account. `/me/drive` is authoritative: now and then
 * `/me/drives` lacks it, and on personal accounts it has phantoms, which answer 400 "ObjectHandle is Invalid".
 */
export async function* ownDrives({ get, signal, inquiry }: Search): AsyncGenerator<Candidate, AccountKind, undefined> {
  const asked = await inquiry.ask(SOURCES.own, async () => {
    try {
      return { body: (await get(`/me/drive?$select=${DRIVE_FIELDS}`, signal)).body };
    } catch (error) {
      if (!(error instanceof WatchError)) throw error;
      if (error.status === 400 && /app-?only|delegated/i.test(error.message)) return 'app';
      if (error.status !== 404) throw error;
      inquiry.note('This account has no OneDrive of its own.');
      return undefined;
    }
  });
  if (asked === 'app') return 'app';
  if (asked === undefined) return 'unknown';
  const { body } = asked;
  const own = candidateOf(body, 'own', { target: 'me' });
  if (own !== undefined) yield own;
  for await (const other of othersOf(own?.key, { get, signal, inquiry, words: [] })) yield other;
  const type = textField(body, 'driveType');
  return type === 'personal' ? 'personal' : type === undefined ? 'unknown' : 'business';
}

/** The user's other drives, if they are real. */
async function* othersOf(own: string | undefined, { get, signal, inquiry }: Search): AsyncGenerator<Candidate, void, undefined> {
  const listed = await inquiry.ask(SOURCES.own, async () => {
    const found: unknown[] = [];
    for await (const entry of entriesOf(get, `/me/drives?$select=${DRIVE_FIELDS}`, signal)) if (found.push(entry) > MOST_OTHERS) break;
    return found;
  });
  for (const body of listed ?? []) {
    const other = candidateOf(body, 'own');
    if (other === undefined || other.key.toLowerCase() === own?.toLowerCase()) continue;
    const { status } = await get(`/drives/${encodeURIComponent(other.key)}/root?$select=id`, signal, { accept: [400, 403, 404] });
    if (status < 300) yield other;
  }
}

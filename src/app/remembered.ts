import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, parseJson } from '../lib/json.ts';
import { writeWhole } from '../lib/write-whole.ts';

/** RememberedTarget is a target that was watched: in one word, as `watch` accepts it, and what people call it. */
export interface RememberedTarget {
  target: string;
  name?: string;
}

/** Remembered is what shell completion offers besides commands and options. It holds no secret. */
export interface Remembered {
  /** The most recent first. */
  targets: readonly RememberedTarget[];
  /** Sign-in names. */
  accounts: readonly string[];
}

const NOTHING: Remembered = { targets: [], accounts: [] };
const MOST = 20;
const LONGEST = 300;
/** Twenty targets and as many accounts take less. */
const LONGEST_FILE_BYTES = 32 * 1024;

export function rememberedPath(configFolder: string): string {
  return join(configFolder, 'recent.json');
}

/** `readRemembered` returns what is remembered; nothing where there is no such file, or it is damaged. */
export function readRemembered(configFolder: string): Remembered {
  let value: unknown;
  try {
    const file = openSync(rememberedPath(configFolder), 'r');
    try {
      const bytes = Buffer.alloc(LONGEST_FILE_BYTES);
      value = parseJson(bytes.toString('utf8', 0, readSync(file, bytes)));
    } finally {
      closeSync(file);
    }
  } catch {
    return NOTHING;
  }
  if (!isRecord(value)) return NOTHING;
  const { targets, accounts } = value;
  return {
    targets: (Array.isArray(targets) ? (targets as unknown[]) : []).flatMap((entry) => {
      if (!isRecord(entry) || !isWord(entry.target)) return [];
      return [{ target: entry.target, ...(isWord(entry.name) ? { name: entry.name } : {}) }];
    }).slice(0, MOST),
    accounts: (Array.isArray(accounts) ? accounts : []).filter(isWord).slice(0, MOST),
  };
}

/** `rememberTarget` puts a target first, and forgets the oldest beyond twenty. Rejects with what the file system says. */
export async function rememberTarget(configFolder: string, { target, name }: RememberedTarget): Promise<void> {
  // A site's URL may have been copied with a query, and a query may be somebody's key.
  if (!isWord(target) || /[?#]/.test(target)) return;
  const before = readRemembered(configFolder);
  const others = before.targets.filter((other) => other.target !== target);
  await write(configFolder, { ...before, targets: [{ target, ...(isWord(name) ? { name } : {}) }, ...others].slice(0, MOST) });
}

/** `rememberAccounts` replaces the accounts. Rejects with what the file system says. */
export async function rememberAccounts(configFolder: string, accounts: readonly string[]): Promise<void> {
  const before = readRemembered(configFolder);
  const now = [...new Set(accounts)].filter(isWord).slice(0, MOST);
  if (now.join('\n') !== before.accounts.join('\n')) await write(configFolder, { ...before, accounts: now });
}

async function write(configFolder: string, remembered: Remembered): Promise<void> {
  if (remembered.targets.length === 0 && remembered.accounts.length === 0) {
    await rm(rememberedPath(configFolder), { force: true });
    return;
  }
  await mkdir(configFolder, { recursive: true, mode: 0o700 });
  await writeWhole(rememberedPath(configFolder), `${JSON.stringify(remembered)}\n`);
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST && !/\p{C}/u.test(value);
}

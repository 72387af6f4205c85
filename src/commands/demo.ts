import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inMemory } from '../auth/store/key-vault.ts';
import type { Emulator } from '../emulator/start.ts';
import type { WatchEvent } from '../events.ts';
import type { CommandContext } from '../app/context.ts';
import { createContext } from '../app/create-context.ts';
import { isInteractive } from '../output/terminal.ts';
import { CHANGES_FROM_NOW } from '../watch/options/change-options.ts';
import { serveOptions, type ServeOptions } from '../watch/options/serve-options.ts';
import { runLogin } from './login.ts';
import { watchTarget } from './watch.ts';

export interface DemoOptions {
  /** NDJSON instead of pretty text. */
  json?: boolean;
  /** Serves the watch at this address, and continues until it is interrupted. */
  serve?: string;
}

/** The demo ends after this time, whatever happens. */
const DEMO_TIMEOUT_MS = 9_000;
/** The pause before each scene, in milliseconds, for somebody who reads along: with the time that each change takes, the demo lasts about six seconds. */
const READING_MS = 600;

/**
 * `runDemo` shows the whole tool at work: an emulator on a temporary folder, an automatic sign-in, a watch,
 * and a few changes to files. Everything it writes is below one temporary folder, which it removes.
 */
export async function runDemo(context: CommandContext, { json = false, serve }: DemoOptions): Promise<number> {
  const served = serveOptions(serve === undefined ? {} : { serve }, context.surroundings.env);
  const { startEmulator } = await import('../emulator/start.ts');
  const place = await mkdtemp(join(tmpdir(), 'graph-watch-demo-'));
  try {
    const drive = join(place, 'drive');
    const emulator = await startEmulator({
      folder: drive, stateFolder: join(place, 'emulator'), port: 0, pushPort: 0, autoApprove: true, notifyDelayMs: 150,
    });
    try {
      return await show(context, emulator, { place, drive, json, served });
    } finally {
      await emulator.close();
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** What the viewer sees: each command as it would be typed, and what it prints. */
async function show(context: CommandContext, emulator: Emulator, { place, drive, json, served }: { place: string; drive: string; json: boolean; served: ServeOptions | undefined }): Promise<number> {
  const { context: own, close } = createContext({
    ...context,
    // Nobody wants to keep this sign-in, least of all in the system's keyring.
    vault: inMemory(),
    settings: {
      ...context.settings,
      cloud: 'emulator', tenant: 'common', account: undefined, token: undefined, tokenFile: undefined, tokenCommand: undefined, auth: 'user', appId: undefined,
      configFolder: join(place, 'config'), graphUrl: emulator.graphUrl, authority: emulator.authority, extraCaFile: emulator.caFile,
    },
  });
  const { people, surroundings, signal } = context;
  const tell = (line: string): void => {
    people.say(line);
  };
  const isRead = isInteractive(surroundings);
  const pause = async (): Promise<void> => {
    if (isRead) await surroundings.clock.sleep(READING_MS, signal);
  };
  /** Whoever changes files after the story, until the watch has ended: also on its own, as when its reader is gone. */
  let editing: Promise<void> | undefined;
  const ended = new AbortController();
  try {
    tell(`A local emulator of Microsoft Graph is running at ${emulator.graphUrl}, serving a temporary folder.\nIt approves the sign-in automatically.\n\n$ graph-watch --cloud emulator login`);
    await pause();
    await runLogin(own, { approvedAutomatically: true });
    await pause();
    const story = storyOf(drive, emulator, tell);
    // Each scene is one change to the file; creating its folder is one more.
    const count = story.length + 1;
    const until = served === undefined ? `-n ${count}` : `--serve ${served.address.port}`;
    tell(`\n$ graph-watch --cloud emulator watch me --changes ${until}${json ? ' --json' : ''}`);
    return await watchTarget(own, { kind: 'me' }, {
      output: json ? 'ndjson' : 'pretty',
      changes: CHANGES_FROM_NOW,
      ...(served === undefined ? { count, timeoutMs: isRead ? 3 * DEMO_TIMEOUT_MS : DEMO_TIMEOUT_MS } : { serve: served }),
      lifecycle: false,
      // One scene at a time: the next once the previous change has been reported.
      onEvent: (event: WatchEvent) => {
        const done = event.type === 'ready' || (event.type === 'change' && !event.item.folder);
        // Once stdout has the line: it writes at the end of the turn.
        if (done && story.length > 0) setImmediate(() => void pause().then(() => story.shift()?.()));
        else if (done && served !== undefined) editing ??= keepEditing(drive, emulator, { surroundings, signal: AbortSignal.any([signal, ended.signal]) });
      },
    });
  } finally {
    ended.abort();
    await editing;
    tell('\nThat was the emulator. For your own drive: graph-watch login, then graph-watch watch me --changes.');
    await close();
  }
}

function storyOf(drive: string, { users, admin }: Emulator, tell: (line: string) => void): (() => Promise<void>)[] {
  const reports = join(drive, 'Reports');
  const [ada, grace] = users;
  return [
    async () => {
      tell('  … a file is created: /Reports/Q3.txt');
      await mkdir(reports, { recursive: true });
      await writeFile(join(reports, 'Q3.txt'), 'revenue: up\n');
    },
    async () => {
      tell(`  … ${grace?.displayName} edits it`);
      admin.setAuthor({ user: grace?.userPrincipalName });
      await appendFile(join(reports, 'Q3.txt'), 'costs: down\n');
    },
    async () => {
      tell('  … it is renamed to Q3-final.txt');
      admin.setAuthor({ user: ada?.userPrincipalName });
      await rename(join(reports, 'Q3.txt'), join(reports, 'Q3-final.txt'));
    },
    async () => {
      tell('  … and it is deleted');
      await rm(join(reports, 'Q3-final.txt'));
    },
  ];
}

const NAMES = [
  'Budget 2027.xlsx', 'Minutes.docx', 'Überblick.docx', '会議メモ.txt', 'Roadmap.pptx', 'Plan (final) (2).pptx', 'Contract.pdf', 'Team photo.jpg', 'Invoice 1042.pdf',
];
const FOLDERS = ['Reports', 'Projects/Apollo', 'Projects/Zeus', 'Photos'];
/** How many changes somebody makes one after the other, at most. */
const TOGETHER = 4;
/** The time between them, in milliseconds: they are seen at once. */
const STEP_MS = 50;
/** The rest after them, in milliseconds: long enough that delta is queried right after the next ones. The first come quickly; later there is time to look around. */
const FIRST_REST_MS = 3_000;
const LATER_REST_MS = 8_000;
const FIRST_CHANGES = 60;
/** A file that is deleted sooner may be gone before Graph was asked about it: its deletion then has no name. In changes. */
const SHORTEST_LIFE = 12;

/** Changes files, for somebody who looks at the page, until the signal is aborted: now one person, now another, a few at a time. The folder stays small. */
async function keepEditing(drive: string, { users, admin }: Emulator, { surroundings: { clock, random }, signal }: Pick<CommandContext, 'surroundings' | 'signal'>): Promise<void> {
  /** Paths, and with which change each file was created. */
  const files = new Map<string, number>();
  for (let changes = 0; ; ) {
    await clock.sleep((changes < FIRST_CHANGES ? FIRST_REST_MS : LATER_REST_MS) * (1 + random() / 2), signal);
    admin.setAuthor({ user: oneOf(users, random)?.userPrincipalName });
    for (const until = changes + 1 + Math.floor(random() * TOGETHER); changes < until; changes += 1) {
      if (signal.aborted) return;
      await changeOne(drive, files, changes, random);
      await clock.sleep(STEP_MS, signal);
    }
    // Before somebody else is the author.
    await admin.rescan();
  }
}

/** Creates, edits, moves or deletes a file. */
async function changeOne(drive: string, files: Map<string, number>, change: number, random: () => number): Promise<void> {
  const target = join(drive, oneOf(FOLDERS, random) ?? '', oneOf(NAMES, random) ?? '');
  const known = oneOf([...files.keys()], random);
  const what = random();
  if (known === undefined || (what < 0.4 && !files.has(target))) {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, `${change}\n`);
    files.set(target, change);
  } else if (what < 0.6 || files.has(target)) {
    await appendFile(known, `${change}\n`);
  } else if (what < 0.85) {
    await mkdir(dirname(target), { recursive: true });
    await rename(known, target);
    files.set(target, files.get(known) ?? change);
    files.delete(known);
  } else if (change - (files.get(known) ?? 0) > SHORTEST_LIFE) {
    await rm(known, { force: true });
    files.delete(known);
  }
}

function oneOf<T>(all: readonly T[], random: () => number): T | undefined {
  return all[Math.floor(random() * all.length)];
}

import { PassThrough } from 'node:stream';
import type { Settings } from '../../../src/app/settings.ts';
import type { CommandContext } from '../../../src/app/context.ts';
import { RequestPace } from '../../../src/graph/request-pace.ts';
import { createPeople } from '../../../src/output/people.ts';
import type { Output } from '../../../src/surroundings.ts';
import { AUTHORITY, CLIENT_ID, scene, type Scene } from '../auth/support.ts';

export interface CommandScene extends Scene {
  /** The context of a command, with the scene's service, store and clock. */
  command(changes?: { settings?: Partial<Settings>; tty?: boolean; env?: Record<string, string>; signal?: AbortSignal; openBrowser?: (url: string) => Promise<void> }): CommandContext;
  stdout(): string;
  stderr(): string;
}

/** A scene with streams, for whole commands. */
export function commandScene(): CommandScene {
  const base = scene();
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr', isTTY: boolean): Output => {
    const stream = new PassThrough();
    stream.setEncoding('utf8').on('data', (text: string) => { written[name] += text; });
    return Object.assign(stream, { isTTY });
  };
  return Object.assign(base, {
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    command({ settings = {}, tty = false, env = {}, signal, openBrowser }: Parameters<CommandScene['command']>[0] = {}): CommandContext {
      const stdout = sink('stdout', tty);
      const stderr = sink('stderr', false);
      const all: Settings = {
        cloud: 'global', clientId: CLIENT_ID, tenant: 'common', account: undefined, output: undefined, quiet: false, debug: false, color: false,
        configFolder: base.folder, graphUrl: 'https://graph.microsoft.com', authority: AUTHORITY, extraCaFile: undefined,
        token: undefined, tokenFile: undefined, tokenCommand: undefined, auth: 'user', appId: undefined, userAgent: 'NONISV|test', ...settings,
      };
      return {
        settings: all,
        surroundings: {
          env, platform: process.platform, stdin: new PassThrough(), stdout, stderr, clock: base.clock, random: () => 0.5,
          onSignal: () => () => undefined, onSuspend: () => () => undefined, onFault: () => undefined, openBrowser: openBrowser ?? (() => Promise.reject(new Error('no browser'))), exitNow: () => undefined,
        },
        redactor: base.redactor,
        vault: base.vault,
        people: createPeople({ stderr, redactor: base.redactor, quiet: all.quiet, debug: all.debug, color: false }),
        pace: new RequestPace({ clock: base.clock, onDelay: () => undefined }),
        network: () => Promise.reject(new Error('not in this test')),
        send: (request) => base.service.send(request),
        signal: signal ?? new AbortController().signal,
        onHangup: () => () => undefined, onAbruptExit: () => () => undefined,
        answer(value) {
          stdout.write(`${JSON.stringify(value)}\n`);
          return Promise.resolve();
        },
        print(text) {
          stdout.write(text);
          return Promise.resolve();
        },
      };
    },
  });
}

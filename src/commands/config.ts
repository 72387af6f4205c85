import { usageError } from '../errors.ts';
import { nonBlank } from '../lib/non-blank.ts';
import { safeText } from '../output/safe-text.ts';
import { checkSetting, configPath, readConfig, settingKey, SETTING_KEYS, writeSetting } from '../app/stored-settings.ts';
import type { CommandContext } from '../app/context.ts';

export type ConfigAction = 'get' | 'set' | 'unset' | 'list' | 'path';

/**
 * `runConfig` is `graph-watch config`: it stores what the GRAPH_WATCH_… variables set. `get` and `path` print the bare
 * value, `list` JSON (`key=value` lines on a terminal), `set` and `unset` nothing on stdout.
 *
 * `get` of a setting that is not stored prints nothing and succeeds, so that `$(…)` is empty.
 * Throws a usage error for an unknown setting and for an invalid value.
 */
export async function runConfig(context: CommandContext, action: ConfigAction, name?: string, value?: string): Promise<void> {
  switch (action) {
    case 'path':
      await context.print(`${configPath(context.settings.configFolder)}\n`);
      return;
    case 'list':
      await list(context);
      return;
    case 'get':
      await get(context, given(name, 'key'));
      return;
    case 'set':
      await set(context, given(name, 'key'), given(value, 'value'));
      return;
    case 'unset':
      await unset(context, given(name, 'key'));
      return;
  }
}

async function list(context: CommandContext): Promise<void> {
  const stored = readConfig(context.settings.configFolder);
  if (context.surroundings.stdout.isTTY !== true) {
    await context.answer(stored);
    return;
  }
  const lines = Object.entries(stored).map(([key, value]) => `${key}=${safeText(value)}\n`);
  if (lines.length > 0) await context.print(lines.join(''));
  else context.people.say(`No settings are stored. Valid keys: ${SETTING_KEYS.map(({ key }) => key).join(', ')}.`);
}

async function get(context: CommandContext, name: string): Promise<void> {
  const { key } = settingKey(name);
  const value = readConfig(context.settings.configFolder)[key];
  if (value === undefined) context.people.say('(not set)');
  else await context.print(`${value}\n`);
  sayWhatWins(context, name);
}

async function set(context: CommandContext, name: string, value: string): Promise<void> {
  const setting = settingKey(name);
  checkSetting(setting, value);
  await writeSetting(context.settings.configFolder, setting.key, value);
  context.people.say(`Set ${setting.key} to ${safeText(value)}.`);
  sayWhatWins(context, name);
}

async function unset(context: CommandContext, name: string): Promise<void> {
  const { key } = settingKey(name);
  const changed = await writeSetting(context.settings.configFolder, key, undefined);
  context.people.say(changed ? `Removed ${key}.` : `${key} was not set.`);
  sayWhatWins(context, name);
}

/** Says so if the environment overrides the setting, which would otherwise have no visible effect. */
function sayWhatWins({ surroundings, people }: CommandContext, name: string): void {
  const { env } = settingKey(name);
  if (nonBlank(surroundings.env[env]) !== undefined) people.say(`${env} is set in the environment and overrides it.`);
}

function given(value: string | undefined, what: string): string {
  if (value === undefined) throw usageError(`Missing ${what}.`);
  return value;
}

import { row } from './commands.mjs';

/** What can be set by a flag, by a variable and in the stored settings, as Markdown. */
export function settingsSection(keys) {
  return [
    '## Settings', '',
    'A flag wins over the environment, and the environment over what `graph-watch config set` stored.', '',
    '| variable | flag | `config` key | meaning |', '|---|---|---|---|',
    ...keys.map(({ key, env, flag, about }) => row([`\`${env}\``, flag === undefined ? '' : `\`${flag}\``, `\`${key}\``, about])),
    '',
  ];
}

/** The commands as Markdown, from the commander tree: what all commands of a group share appears once. */
export function commandsSection(program) {
  const lines = ['## Commands', ''];
  for (const command of program.commands) lines.push(...(command.commands.length > 0 ? group(command) : single(command)));
  lines.push('## Global options', '', 'They may stand anywhere before `--`.', '', ...optionTable(program.options));
  return lines;
}

function single(command) {
  const { name, description, args } = partsOf(command);
  return [`### graph-watch ${name}`, '', sentence(description), '', ...code(usage(command)), ...argumentList(args), ...optionTable(command.options)];
}

function group(command) {
  const { name, description } = partsOf(command);
  const [first, ...others] = command.commands;
  const shared = first.options.filter((option) => others.every((other) => other.options.some(({ flags, description: about }) => flags === option.flags && about === option.description)));
  const lines = [`### graph-watch ${name}`, '', sentence(description), '', ...code(...command.commands.map(usage)), '| command | what it does |', '|---|---|'];
  for (const child of command.commands) lines.push(row([`\`${partsOf(child).name}\``, child.description()]));
  lines.push('');
  for (const child of command.commands) {
    const own = child.options.filter((option) => !shared.includes(option) && !shared.some(({ flags }) => flags === option.flags));
    const args = child.registeredArguments.filter(({ description: about }) => about !== '');
    if (args.length > 0 || own.length > 0) lines.push(`\`${partsOf(child).name}\`:`, '', ...argumentList(args), ...optionTable(own));
  }
  if (shared.length > 0) lines.push(`Options of every \`${name}\`:`, '', ...optionTable(shared));
  return lines;
}

function partsOf(command) {
  const names = [];
  for (let above = command; above.parent; above = above.parent) names.unshift(above.name());
  return { name: names.join(' '), description: command.description(), args: command.registeredArguments };
}

function usage(command) {
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return ['graph-watch', partsOf(command).name, ...(command.options.length > 0 ? ['[options]'] : []), ...args].join(' ');
}

function argumentList(args) {
  const described = args.filter(({ description }) => description !== '');
  if (described.length === 0) return [];
  return [...described.map((argument) => `- \`${argument.name()}\`: ${escaped(argument.description)}${choicesOf(argument)}${argument.defaultValue === undefined ? '' : ` (default: \`${argument.defaultValue}\`)`}`), ''];
}

function optionTable(options) {
  const shown = options.filter(({ hidden }) => !hidden);
  if (shown.length === 0) return [];
  const rows = shown.map((option) => {
    return row([`\`${option.flags}\``, `${option.description}${choicesOf(option)}`]);
  });
  return ['| option | meaning |', '|---|---|', ...rows, ''];
}

function choicesOf({ argChoices }) {
  return argChoices === undefined ? '' : ` (${argChoices.map((choice) => `\`${choice}\``).join(', ')})`;
}

/** One row of a Markdown table. */
export function row(cells) {
  return `| ${cells.map(escaped).join(' | ')} |`;
}

function code(...lines) {
  return ['```text', ...lines, '```', ''];
}

function escaped(text) {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ').replace(/<(?=\w+>)/g, (sign, at) => (insideCode(text, at) ? sign : '&lt;'));
}

/** Between two backticks nothing needs escaping. */
function insideCode(text, at) {
  return (text.slice(0, at).split('`').length - 1) % 2 === 1;
}

function sentence(text) {
  const whole = escaped(text);
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
}

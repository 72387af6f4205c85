import type { Command } from 'commander';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createProgram } from '../../../src/cli/program.ts';
import { helpPages, main } from '../../../src/main.ts';
import { prebuilt } from '../../../src/cli/prebuilt-pages.ts';
import { VERSION } from '../../../src/version.ts';
import { FakeOutput } from '../../support/fake-output.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';

/** The whole program without a network: whatever needs one has no token, and ends first. */
async function run(argv: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string[] }> {
  const s = fakeSurroundings({ env });
  const code = await main(argv, s);
  return { code, stdout: s.stdout.text, stderr: s.stderr.lines };
}
const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

function watchIn(argv: readonly string[]): Command {
  const watch = createProgram(() => Promise.resolve(), argv).commands.find((command) => command.name() === 'watch');
  if (watch === undefined) throw new Error('there is no watch');
  return watch;
}

describe('help', () => {
  it.each(['--help', '-h', 'help', 'watch --help', 'help watch', 'watch me --help', 'watch me -h', 'endpoint drive --help', 'config set --help', '--quiet --help', 'demo --help'])(
    'for "%s" goes to stdout with exit code 0, with nothing on stderr', async (line) => {
      const { code, stdout, stderr } = await run(words(line));
      expect([code, stderr]).toEqual([0, []]);
      expect(stdout).toMatch(/^Usage: graph-watch /);
    },
  );

  it.each([['help watch me', 'watch me --help'], ['help config set', 'config set --help'], ['help help', 'help --help'], ['help', '--help']])('for "%s" is the same as for "%s"', async (line, same) => {
    expect(await run(words(line))).toEqual(await run(words(same)));
  });

  it('names every command and every global flag', async () => {
    const { stdout } = await run(['--help']);
    for (const name of ['login', 'logout', 'status', 'watch', 'endpoint', 'emulator', 'demo', 'config', '--cloud', '--client-id', '--tenant', '--account', '--quiet', '--debug', '--no-color', '--version', '--help']) {
      expect(stdout).toContain(name);
    }
  });

  const pages = helpPages();

  it('has examples on every page, starts with what to try first, and has no line wider than a terminal', () => {
    for (const [own, page] of pages) {
      expect([own, page.includes('\nExamples:\n') || page.includes('\nTry first:\n')]).toEqual([own, true]);
      expect([own, page.split('\n').filter((line) => line.length > 80)]).toEqual([own, []]);
      expect([own, page.includes('\n\n\n')]).toEqual([own, false]);
    }
    expect(pages[0]?.[1]).toMatch(/Try first:\n {2}graph-watch demo .*\n {2}graph-watch login .*\n {2}graph-watch watch me --changes /);
  });

  it.each(pages.flatMap(([, page]) => [...page.slice(page.search(/\n(?:Examples|Try first):\n/)).matchAll(/graph-watch ([^|#>)\n]*)/g)].map(([, line = '']) => line.replace(/^(watch .*?) -- .*$/, '$1').trim())))(
    'has a valid example: %s', async (line) => {
      const argv = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
      const ran: string[] = [];
      const program = createProgram(() => { ran.push(line); return Promise.resolve(); }, argv);
      for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
      await program.parseAsync(argv, { from: 'user' });
      expect(ran).toEqual(argv[0] === 'help' ? [] : [line]);
    },
  );

  it('for watch shows its targets first, then all options of watch me, in groups', async () => {
    const { stdout } = await run(['watch', '--help']);
    const me = watchIn(['watch']).commands.find((command) => command.name() === 'me');
    for (const { flags } of me?.options ?? []) expect(stdout).toContain(`  ${flags}`);
    const headings = ['Commands:', 'Output and end:', 'What changed:', 'Connection:', 'Filters (with --changes):', 'Actions:', 'Publishing:', 'Global Options:', 'Examples:'];
    expect([...stdout.matchAll(/^\S[^\n]*:$/gm)].map(([heading]) => heading).filter((heading) => headings.includes(heading))).toEqual(headings);
  });

  it('for watch is the same, whatever else is on the command line', () => {
    const page = (argv: readonly string[]): string => watchIn(argv).helpInformation();
    for (const argv of [['watch', '--account', 'me'], ['watch', 'drive', '-qh'], ['watch', 'https://contoso.sharepoint.com/Reports', '-h']]) expect(page(argv)).toBe(page(['watch']));
  });

  it('for watch lists commands that have the same options, whether they are named or not', () => {
    const all = watchIn(['watch']);
    const optionsOf = (watch: Command, name: string): string[] => watch.commands.find((command) => command.name() === name)?.options.map(({ flags }) => flags) ?? [];
    for (const name of all.createHelp().visibleCommands(all).map((command) => command.name()).filter((each) => each !== 'help')) {
      expect(optionsOf(all, name).length).toBeGreaterThan(30);
      expect([name, optionsOf(watchIn(['watch', name]), name)]).toEqual([name, optionsOf(all, name)]);
    }
  });

  it('for watch me names each of its options', async () => {
    const { stdout } = await run(['watch', 'me', '--help']);
    for (const name of ['-o, --output', '--json', '-n, --count', '-t, --timeout', '--ready-file', '--lifecycle', '--cloud']) expect(stdout).toContain(name);
  });
});

describe('the prebuilt text for a quick start', () => {
  const folder = fileURLToPath(new URL('../../../dist/help', import.meta.url));

  it('has every help page, as the program itself prints it', async () => {
    const pages = helpPages();
    expect(pages.length).toBeGreaterThan(20);
    for (const [own] of pages) {
      const { stdout } = await run([...own, '--help']);
      expect(prebuilt([...own, '--help'], folder)).toBe(stdout);
      expect(prebuilt([...own, '-h'], folder)).toBe(stdout);
    }
  });

  it('has the version', () => {
    expect(prebuilt(['--version'], folder)).toBe(`${VERSION}\n`);
    expect(prebuilt(['-V'], folder)).toBe(`${VERSION}\n`);
  });

  it.each(['', 'watch', 'watch me', 'wacth --help', 'watch me --json --help', '--help watch', 'watch ../../x --help', 'watch me --version', '--quiet --version'])(
    'is missing for "%s", which the program itself answers', (line) => {
      expect(prebuilt(words(line), folder)).toBeUndefined();
    },
  );
});

it.each([[76, 76], [200, 80], [0, 80]])('wraps help for a terminal of %d columns at %d', async (columns, longest) => {
  const s = { ...fakeSurroundings(), stdout: new FakeOutput({ isTTY: true, columns }) };
  await main(['emulator', '--help'], s);
  const lengths = s.stdout.text.split('\n').map((line) => line.length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
  expect(Math.max(...lengths)).toBeGreaterThan(longest - 10);
});

it.each(['--version', '-V', 'watch me --version', 'status -V'])('prints its version for "%s"', async (line) => {
  expect(await run(words(line))).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: [] });
});

describe('wrong usage', () => {
  it.each([
    ['wach', /unknown command 'wach' \(Did you mean watch\?\)/], ['watch you', /"you" is not a valid target/], ['watch me --ouput pretty', /unknown option '--ouput' \(Did you mean --output\?\)/],
    ['watch drive', /missing required argument 'driveId'/], ['watch list site', /Which site does the library "site" belong to\?/], ['watch list', /missing required argument 'site'/], ['watch me too', /Unexpected argument after watch me: "too"/],
    ['watch me --recheck often', /Write it like 500ms/], ['watch me --poll often', /10s or 5m, or auto/], ['watch me --budget 9', /10 or more/], ['watch me --budget 1e3', /10 or more/], ['watch me --budget -312', /10 or more/], ['watch many f --budget x', /10 or more/],
    ['watch me -n', /argument missing/], ['watch me -n 0', /positive integer/], ['watch me -n -1', /positive integer/], ['watch me -n 1.5', /positive integer/],
    ['watch me -n 1e3', /positive integer/], ['watch me -n 99999999999999999999', /positive integer/], ['watch me -n x', /positive integer/],
    ['watch me -t', /argument missing/], ['watch me -t 5', /Write it like 500ms/], ['watch me -t 0s', /Write it like 500ms/], ['watch me -t -5s', /Write it like 500ms/],
    ['watch me -o xml', /Allowed choices are pretty, ndjson/], ['--cloud moon status', /Allowed choices are global, usgov/], ['status --tenant', /argument missing/],
    ['help watch you', /unknown command 'you'/], ['help wacth', /unknown command 'wacth'/], ['watch me --ready-file=', /Must not be empty/], ['watch me --since yesterday', /neither a time nor a duration/],
    ['emulator --drives x', /positive integer/], ['--client-id contoso.com status', /GUID/],
    ['emulator --port 70000', /port from 0 to 65535/], ['endpoint nowhere', /"nowhere" is not a valid target/],
  ])('"%s" exits with 2 and has one or two lines on stderr', async (line, message) => {
    const { code, stdout, stderr } = await run(words(line));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.length).toBeLessThanOrEqual(2);
    expect(stderr[0]).toMatch(/^error: /);
    expect(stderr[0]).toMatch(message);
  });

  it.each([
    ['watch me --json -o pretty', /--json is short for -o ndjson, and -o pretty/], ['watch me -o cloudevents --json', /and -o cloudevents/],
    ['watch --resume me', /--resume took "me"/], ['watch --changes --resume drive b!x', /--resume took "drive"/], ['watch -q --resume list', /--resume took "list"/], ['watch --resume drive:b!x', /--resume took "drive:b!x"/],
    ['cursor site:example.com', /is a site/],
    ['watch me --changes --path C:/Files/Git/Reports/**', /not a path in a drive/], ['watch me --changes --path https://x/y', /not a path in a drive/], ['watch me --changes --path \\\\server\\x', /not a path in a drive/],
    ['watch me --poll 999ms', /too frequent/],
    ['watch me --once', /needs a starting point/], ['watch me --once --changes --index', /needs a starting point/], ['watch me --once --resume --poll 10s', /--poll keeps querying/],
    ['watch me --once --resume --notifications', /no notifications to print/], ['watch me --once --since 1h --ready-file x', /--ready-file would never exist/],
  ])('"%s" is refused, with what to do instead', async (line, message) => {
    const { code, stderr } = await run(words(line));
    expect([code, stderr.length]).toEqual([2, 2]);
    expect(stderr[0]).toMatch(message);
  });

  it.each(['watch me --json -n 1', 'watch --json -n 1 me', 'watch --resume docs -o json me', 'watch --cloud china --json -o ndjson drive --changes b!x', '--tenant watch watch -t 5s me'])(
    'does not include "%s": options may come before the target', async (line) => {
      // It gets as far as the sign-in.
      expect((await run(words(line))).code).toBe(3);
    },
  );

  it('includes a command that cannot be run, before anything is sent', async () => {
    const { code, stderr } = await run(['watch', 'me', '-n', '1', '--', 'no-such-program'], { PATH: '/bin' });
    expect([code, stderr[0]]).toEqual([127, 'error: no-such-program cannot be run: program not found.']);
  });

  it('names the help that explains it', async () => {
    expect((await run(['watch', 'me', '-n', '0'])).stderr[1]).toBe('See graph-watch watch me --help.');
    expect((await run(['wacth'])).stderr[1]).toBe('See graph-watch --help.');
  });

  it.each(['', 'watch', 'endpoint', 'config', '--quiet'])('"%s" exits with 2, shows help, and says that a command is missing', async (line) => {
    const { code, stdout, stderr } = await run(words(line));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr[0]).toMatch(/^Usage: /);
    expect(stderr).toContain('error: Missing command.');
    expect(stderr.at(-1)).toMatch(line === '' || line === '--quiet' ? /^Try: graph-watch demo/ : /^error/);
  });

  it('never fails unexpectedly, whatever the arguments', async () => {
    const word = fc.oneof(
      fc.constantFrom('watch', 'me', 'drive', 'list', 'group', 'endpoint', 'status', 'config', 'get', 'path', '--', '-', '-n', '--count=1', '-t', '5s', '--debug', '-q', '--json', '-o', 'pretty', '--cloud', 'global', '--tenant', '..', ''),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    await fc.assert(fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (argv) => {
      // These do something on this machine.
      fc.pre(!argv.some((one) => ['emulator', 'demo', 'login', 'set', 'unset'].includes(one)));
      const { code, stderr } = await run(argv);
      expect([0, 2, 3]).toContain(code);
      expect(stderr.join('\n')).not.toContain('unexpectedly');
      // eslint-disable-next-line no-control-regex -- that is the point
      expect(stderr.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    }), { numRuns: 150 });
  });
});

describe('a global flag', () => {
  it.each(['--cloud china status', 'status --cloud china'])('may come before or after the command: %s', async (line) => {
    const { stdout } = await run(words(line));
    expect(JSON.parse(stdout)).toMatchObject({ cloud: 'china' });
  });

  it('after -- is an argument like any other', async () => {
    const { code, stderr } = await run(['endpoint', 'drive', '--', '--debug']);
    expect(code).toBe(3);
    expect(stderr).toEqual([expect.stringMatching(/^error: You are not signed in/), 'Run graph-watch login.']);
  });

  it('like --debug shows where an error comes from', async () => {
    const { stderr } = await run(['--debug', 'watch', 'drive', '..']);
    expect(stderr[0]).toBe('error: ".." is not a valid drive id.');
    expect(stderr.some((line) => /^\s+at /.test(line))).toBe(true);
    expect((await run(['watch', 'drive', '..'])).stderr).toHaveLength(1);
  });
});

it('leaves no signal listener behind', async () => {
  const s = fakeSurroundings();
  await main(['status'], s);
  expect(s.signalListeners).toBe(0);
});

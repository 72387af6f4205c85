import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyServer, LAST_ROUND } from './drive.mjs';
import { runOnce } from './short-runs.mjs';

// Position files of real runs, damaged, and what the next run makes of them. A clean cut behind a line is what a
// killed run leaves: what a run reports from there is the measure for every damage that leaves the same lines.

const NAME = 'fuzz.jsonl';
const ARGS = ['watch', 'me', '--changes', '--poll', '1s', '--resume', 'fuzz', '--json', '--lifecycle'];
const NEWLINE = 0x0a;

/** Resolves with `{ prepare, close }`; `prepare(folder, random)` makes a case of `shortRuns`. */
export async function damagedPositions() {
  const server = await historyServer();
  let runs = 0;
  /** Starts the token and the hooks of a run that begins at `round` and is ended after so many delta queries. */
  const visit = (round, onDelta) => {
    runs += 1;
    const token = `EwCIA8l6BAAUposition${runs}`;
    let child;
    server.visit(token, { round, onDelta: (count, visitor) => { onDelta(count, visitor, () => child?.kill('SIGINT')); } });
    return { token, env: { GRAPH_WATCH_TOKEN: token, GRAPH_WATCH_GRAPH_URL: server.url }, started: (process) => { child = process; } };
  };
  /** What is new is reported before the second query. */
  const toTheEnd = () => visit(LAST_ROUND, (count, _visitor, stop) => { if (count === 2) stop(); });
  const run = async (folder, args, { token, env, started }) => {
    const end = await runOnce(args, { GRAPH_WATCH_CONFIG_DIR: folder, ...env }, { started });
    server.leave(token);
    return end;
  };

  const genuine = [];
  const [plain, indexed] = [[], ['--index']];
  for (const [index, cutShort] of [[plain, false], [indexed, false], [plain, true], [indexed, true]]) {
    const folder = mkdtempSync(join(tmpdir(), 'graph-watch-fuzz-'));
    await run(folder, [...ARGS, ...index], visit(0, (count, visitor, stop) => {
      visitor.round = Math.min(count - 1, 3);
      if (count > 4) stop();
    }));
    // A run that ends in the middle of a round records what it has reported of it.
    if (cutShort) await run(folder, [...ARGS, ...index, '-n', '2'], visit(4, () => undefined));
    const content = readFileSync(join(folder, 'resume', NAME));
    rmSync(folder, { recursive: true, force: true });
    genuine.push({ index, content, ends: lineEnds(content), measured: new Map() });
  }
  // An intention and a commit for each of three rounds; then an intention and what was done of it.
  const wanted = [7, 7 + 109, 9, 9 + 109];
  const found = genuine.map(({ ends }) => ends.length);
  if (found.some((lines, index) => lines < wanted[index])) throw new Error(`the position files have ${found.join(', ')} lines, and not at least ${wanted.join(', ')}`);

  /** What a run reports that begins with the first `bytes` of a file, which end with a line. */
  const measure = (file, bytes) => {
    const known = file.measured.get(bytes) ?? (async () => {
      const folder = mkdtempSync(join(tmpdir(), 'graph-watch-fuzz-'));
      mkdirSync(join(folder, 'resume'));
      writeFileSync(join(folder, 'resume', NAME), file.content.subarray(0, bytes));
      const reported = outcome(await run(folder, [...ARGS, ...file.index], toTheEnd()));
      rmSync(folder, { recursive: true, force: true });
      return reported;
    })();
    file.measured.set(bytes, known);
    return known;
  };

  return {
    close: () => server.close(),
    prepare(folder, random) {
      const file = random.pick(genuine);
      const path = join(folder, 'config', 'resume', NAME);
      mkdirSync(join(path, '..'), { recursive: true });
      const kind = random.between(0, 19);
      const content = damaged(file, genuine, random);
      if (kind === 0) mkdirSync(path);
      else if (kind === 1) symlinkSync(path, path);
      else writeFileSync(path, content);
      const visited = toTheEnd();
      return {
        args: [...ARGS, ...file.index], env: visited.env, started: visited.started, secrets: [visited.token], repeat: `${file.index} ${content.toString('latin1').slice(-450)}`,
        close: () => { server.leave(visited.token); },
        async judge(end) {
          if (kind < 2) return end.code === 2 && end.stderr.includes(NAME) ? [] : [`a position file that is ${kind === 0 ? 'a folder' : 'a loop of links'} was not refused`];
          // A piece of another file may make it just that file: their beginnings are the same.
          const left = genuine.find((each) => each.index === file.index && undamagedBytes(each, content) !== undefined);
          const said = outcome(end);
          if (left !== undefined) {
            const measured = await measure(left, undamagedBytes(left, content));
            return same(said, measured) ? [] : [`not what the same lines report elsewhere: ${difference(said, measured)}`];
          }
          const kept = readdirSync(join(path, '..')).find((name) => name.startsWith(`${NAME}.damaged-`));
          if (kept === undefined || !readFileSync(join(path, '..', kept)).equals(content)) return ['a damaged position file was not kept'];
          return said.damaged && said.changes.length === 0 ? [] : [`damage that was not reported, or mislabelled: ${JSON.stringify(said).slice(0, 600)}`];
        },
      };
    },
  };
}

/** Whether a run said that its position was damaged, what it reported, and how it ended. */
function outcome({ code, stdout }) {
  const records = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  const changes = records.filter(({ type }) => type === 'change').map((change) => JSON.stringify({ ...change, time: undefined, changedToSeenMs: undefined }));
  return { code, damaged: records.some(({ type, reason = '' }) => type === 'gap' && reason.includes('was damaged')), gaps: records.filter(({ type }) => type === 'gap').length, changes };
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function difference({ changes, ...one }, { changes: right, ...other }) {
  const texts = [JSON.stringify(one), ...changes.filter((change) => !right.includes(change)), 'in place of', JSON.stringify(other), ...right.filter((change) => !changes.includes(change))];
  return texts.join('\n').slice(0, 1_500);
}

/** The bytes of whole lines, if all that is wrong with the content is that its end was cut off; `undefined` for damage. */
function undamagedBytes({ content: right, ends }, content) {
  const whole = content.lastIndexOf(NEWLINE) + 1;
  if (!right.subarray(0, whole).equals(content.subarray(0, whole))) return undefined;
  // Header and items are written as a whole: no kill cuts them off.
  const items = JSON.parse(right.toString('utf8', right.indexOf(0x20) + 1, ends[0])).items;
  return whole >= ends[items] ? whole : undefined;
}

function lineEnds(content) {
  const ends = [];
  for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) ends.push(at + 1);
  return ends;
}

/** The content of a file with one or two kinds of damage, or none. */
function damaged({ content, ends }, genuine, random) {
  let result = content;
  for (let times = random.between(0, 5) === 0 ? 2 : 1; times > 0; times -= 1) result = damagedOnce(result, ends, random.pick(genuine).content, random);
  return result;
}

function damagedOnce(content, ends, other, random) {
  const [one, two] = [random.between(0, content.length), random.between(0, content.length)].sort((a, b) => a - b);
  const bytes = () => Buffer.from(Array.from({ length: random.between(1, 20) }, () => random.between(0, 255)));
  const line = () => {
    const index = random.between(0, ends.length - 1);
    return [index === 0 ? 0 : ends[index - 1], ends[index]];
  };
  const without = ([from, to]) => Buffer.concat([content.subarray(0, from), content.subarray(to)]);
  const into = (at, piece) => Buffer.concat([content.subarray(0, at), piece, content.subarray(at)]);
  return random.pick([
    () => content,
    () => content.subarray(0, one),
    () => content.subarray(0, random.between(Math.max(0, content.length - 300), content.length)),
    () => Buffer.concat([content.subarray(0, one), bytes()]),
    () => Buffer.concat([content, bytes()]),
    () => { const copy = Buffer.from(content); if (one < copy.length) copy[one] ^= 1 << random.between(0, 7); return copy; },
    () => { const copy = Buffer.from(content); copy.fill(0, one, two); return copy; },
    () => { const copy = Buffer.from(content); copy.fill(0, one); return copy; },
    () => into(one, bytes()),
    () => without([one, two]),
    () => without(line()),
    () => into(line()[0], content.subarray(...line())),
    () => { const [from, to] = line(); return Buffer.concat([content.subarray(0, from), content.subarray(to), content.subarray(from, to)]); },
    // A block of another file, as a file system may put it there.
    () => { const copy = Buffer.from(content); other.copy(copy, one, Math.min(one, other.length), Math.min(two, other.length)); return copy; },
    () => Buffer.concat([content.subarray(0, one), other.subarray(Math.min(one, other.length))]),
    () => Buffer.concat([content, content]),
    () => Buffer.from(content.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
    () => Buffer.from(content.toString('utf8'), 'utf16le'),
  ])();
}

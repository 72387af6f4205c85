import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts the server in a process of its own. `do` sends it a command and resolves with the answer. */
export async function startServer({ key, cert }) {
  const child = fork(fileURLToPath(new URL('../servers/main.mjs', import.meta.url)), {
    env: { ...process.env, BENCH_KEY: key, BENCH_CERT: cert },
  });
  const [{ places, burst, roundTripMs }] = await once(child, 'message');
  const waiting = new Map();
  let next = 0;
  child.on('message', ({ id, answer }) => {
    waiting.get(id)(answer);
    waiting.delete(id);
  });
  return {
    places,
    burst,
    roundTripMs,
    do: (command, args = {}) => new Promise((resolve) => {
      waiting.set(next, resolve);
      child.send({ id: next++, command, args });
    }),
    close: () => child.disconnect(),
  };
}

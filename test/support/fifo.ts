import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';

/** A named pipe that the test reads. Its writers are alive until it ends. */
export interface Fifo {
  readonly path: string;
  /** Resolves with the match once the text matches; rejects if the pipe ends without it. */
  until(wanted: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the whole text once every process that has the pipe open for writing has ended. */
  readonly ended: Promise<string>;
}

export function fifo(path: string): Fifo {
  execFileSync('mkfifo', [path]);
  let text = '';
  let over = false;
  const looks = new Set<() => void>();
  const look = (): void => { for (const one of [...looks]) one(); };
  const stream = createReadStream(path, 'utf8').on('data', (chunk) => {
    text += String(chunk);
    look();
  });
  const ended = new Promise<string>((resolve, reject) => {
    stream.once('error', reject).once('end', () => {
      over = true;
      look();
      resolve(text);
    });
  });
  return {
    path,
    ended,
    until: (wanted) => new Promise((resolve, reject) => {
      const one = (): void => {
        const found = wanted.exec(text);
        if (found === null && !over) return;
        looks.delete(one);
        if (found !== null) resolve(found);
        else reject(new Error(`${path} ended without ${String(wanted)}: ${text}`));
      };
      looks.add(one);
      one();
    }),
  };
}

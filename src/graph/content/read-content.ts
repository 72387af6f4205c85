import { toError, WatchError } from '../../errors.ts';
import type { Download, OpenDownload } from '../../net/download.ts';
import type { ItemAccess } from '../finding/item-at.ts';
import { sameFile, type DriveFile } from './file.ts';
import { checkedLocation } from './location.ts';

/** ContentAccess is what reading content needs. */
export interface ContentAccess extends ItemAccess {
  /** Graph's root. */
  graphUrl: string;
  /** Sends a GET with exactly these headers: the pre-authenticated URL needs no token, and its host gets none. */
  download: OpenDownload;
  userAgent: string;
  /** Retries something that may fail for a while, as long as trying again may help. */
  patiently: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called with the URL of the content as soon as it is known: whoever has it can read the file. */
  onSecret: (secret: string) => void;
  /** Called when the download was interrupted after this many bytes, and continues there. */
  onCut: (bytes: number, why: string) => void;
}

/** A content host may redirect to another; more redirects than this lead nowhere. */
const MOST_REDIRECTS = 3;
/** A download that was interrupted this many times in a row without a single byte is given up. */
const MOST_FRUITLESS = 5;

/**
 * `readContent` yields the bytes of a file. If the download is interrupted, it continues after the last byte, if the file is
 * still the same by its eTag. Rejects with a `WatchError`: `refused` if the content cannot be read, `network` if
 * it cannot be read to its end, or the file changed meanwhile.
 */
export async function* readContent(file: DriveFile, access: ContentAccess): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  let fruitless = 0;
  while (true) {
    const before = bytes;
    if (bytes > 0 && !(await sameFile(file, access))) throw changed(file, bytes);
    const { body, skip } = await open(file, bytes, access);
    let left = skip;
    try {
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        // A host that does not know ranges sends everything again.
        const rest = piece.subarray(Math.min(left, piece.length));
        left -= piece.length - rest.length;
        if (rest.length === 0) continue;
        bytes += rest.length;
        yield rest;
      }
      return;
    } catch (error) {
      access.signal.throwIfAborted();
      if (error instanceof WatchError) throw error;
      const why = toError(error).message;
      fruitless = bytes > before ? 0 : fruitless + 1;
      if (fruitless >= MOST_FRUITLESS) throw new WatchError('network', `The download of "${file.name}" kept being interrupted after ${bytes} bytes: ${why}`, { code: 'cut', cause: error });
      access.onCut(bytes, why);
      if (fruitless > 0) await access.pause();
    } finally {
      body.destroy();
    }
  }
}

/** Opens the content from a byte on. `skip`: this many bytes of the answer are known already. */
async function open(file: DriveFile, from: number, access: ContentAccess): Promise<{ body: Download['body']; skip: number }> {
  const { status, headers, body } = await access.patiently(() => request(file, from, access));
  if (from === 0 || status === 200) return { body, skip: from };
  const start = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  if (Number(start) === from) return { body, skip: 0 };
  body.destroy();
  // The file has become shorter.
  if (status === 416) throw changed(file, from);
  throw new WatchError('network', `The server sent another part of "${file.name}" than the one requested.`, { code: 'badRange' });
}

async function request(file: DriveFile, from: number, { get, signal, graphUrl, download, userAgent, onSecret }: ContentAccess): Promise<Download> {
  // Graph's own answer is a redirect to a URL that is valid for some minutes, so each attempt asks for one.
  const { headers } = await get(`${file.path}/content`, signal, { accept: [302] });
  let url = checkedLocation(headers.location, new URL(graphUrl));
  const wanted = { 'user-agent': userAgent, 'accept-encoding': 'identity', ...(from === 0 ? {} : { range: `bytes=${from}-` }) };
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    for (const secret of [url.href, url.pathname, url.search.slice(1), ...url.searchParams.values()]) onSecret(secret);
    const answer = await download(url, wanted, signal);
    if (answer.status === 200 || answer.status === 206 || (answer.status === 416 && from > 0)) return answer;
    answer.body.destroy();
    if (answer.status < 300 || answer.status >= 400) throw failed(file, url.host, answer.status);
    url = checkedLocation(answer.headers.location, url);
  }
  throw new WatchError('network', `There are too many redirects to the content of "${file.name}".`, { code: 'badContent' });
}

function failed(file: DriveFile, host: string, status: number): WatchError {
  const mayPass = status === 408 || status === 429 || status >= 500 || status < 300;
  return new WatchError(mayPass ? 'network' : 'refused', `The content of "${file.name}" could not be read: ${host} returned ${status}.`, {
    status, hint: status === 403 ? 'Downloads of this file may be blocked (by its owner, or as malware).' : undefined,
  });
}

function changed({ name }: DriveFile, bytes: number): WatchError {
  return new WatchError('network', `"${name}" changed while it was being read; the ${bytes} bytes so far are from the earlier version.`, { code: 'changed', hint: 'Read it again from the start.' });
}

import { randomUUID } from 'node:crypto';
import { GraphError, invalidRequest } from '../errors.ts';
import type { UploadArea } from './upload-area.ts';
import type { UploadedFile } from './uploaded-file.ts';

const LIFETIME_MS = 24 * 3600_000;
/** The documented limit of a fragment, in bytes. */
const LARGEST_FRAGMENT = 60 * 2 ** 20;

export interface UploadSession extends UploadedFile {
  id: string;
  expiresMs: number;
  received: number;
  /** Bytes; known with the first fragment. */
  total: number | undefined;
  /** The file is stored only by a `POST` to the upload URL. */
  deferCommit: boolean;
  busy: boolean;
}

/** UploadSessions receives large files in fragments, which may be resumed. */
export class UploadSessions {
  readonly #sessions = new Map<string, UploadSession>();
  readonly #area: UploadArea;
  readonly #now: () => number;

  constructor(area: UploadArea, now: () => number) {
    this.#area = area;
    this.#now = now;
  }

  create(file: Omit<UploadedFile, 'source'>, deferCommit: boolean): UploadSession {
    for (const session of this.#sessions.values()) if (session.expiresMs <= this.#now()) void this.end(session);
    const session: UploadSession = {
      ...file, deferCommit, id: randomUUID(), source: this.#area.newFile(), expiresMs: this.#now() + LIFETIME_MS, received: 0, total: undefined, busy: false,
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Throws Graph's 404 for a session that has ended or expired. */
  session(id: string): UploadSession {
    const found = this.#sessions.get(id);
    if (found === undefined || found.expiresMs <= this.#now()) throw new GraphError(404, 'itemNotFound', 'The upload session was not found.');
    return found;
  }

  /** Takes a fragment with its `Content-Range`. Returns whether it was the last one. */
  async receive(session: UploadSession, contentRange: string | undefined, body: ReadableStream<Uint8Array> | null): Promise<boolean> {
    const { start, length, total } = fragmentOf(contentRange);
    if (session.busy || start !== session.received || total !== (session.total ?? total)) {
      throw new GraphError(416, 'invalidRange', 'The uploaded fragment overlaps with data that has already been received, or does not follow it.');
    }
    session.busy = true;
    try {
      const received = await this.#area.append(session.source, session.received, body, length);
      if (received !== session.received + length) {
        await this.#area.truncate(session.source, session.received);
        throw invalidRequest('The Content-Range header length does not match the provided number of bytes.');
      }
      session.received = received;
      session.total = total;
      session.expiresMs = this.#now() + LIFETIME_MS;
    } finally {
      session.busy = false;
    }
    return session.received === total;
  }

  async end(session: UploadSession): Promise<void> {
    this.#sessions.delete(session.id);
    await this.#area.delete(session.source);
  }
}

function fragmentOf(header: string | undefined): { start: number; length: number; total: number } {
  const [, start, end, total] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(header ?? '') ?? []).map(Number);
  if (start === undefined || end === undefined || total === undefined || end < start || end >= total) {
    throw invalidRequest('The Content-Range header is missing or malformed.');
  }
  const length = end - start + 1;
  if (length > LARGEST_FRAGMENT) throw new GraphError(413, 'requestEntityTooLarge', `A fragment may have at most ${LARGEST_FRAGMENT} bytes.`);
  return { start, length, total };
}

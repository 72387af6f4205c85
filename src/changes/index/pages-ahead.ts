import type { DeltaGone, DeltaPage, DeltaStart } from '../../delta.ts';
import { linkOf } from './pages.ts';

/** PageRequest requests one page. Calls `onNext` with the link to the page after it, if that is known before the page has been read. */
export type PageRequest = (start: DeltaStart, onNext?: (link: string) => void) => Promise<DeltaPage | DeltaGone>;

/**
 * PagesAhead requests the page after each one while that one is still being read, at most one ahead: what has come is handed out
 * when it is asked for, failures included, so that nobody sees a difference. A page that nobody asks for is dropped; where
 * links lead nowhere, that is one request too many before the enumeration starts over.
 */
export class PagesAhead {
  readonly #request: PageRequest;
  /** The one that was asked for last: only that one has another one requested ahead. */
  #current: Requested | undefined;
  #ahead: Requested | undefined;

  constructor(request: PageRequest) {
    this.#request = request;
  }

  page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#current = ahead !== undefined && ahead.link === linkOf(start) ? ahead : this.#requested(start);
    return this.#current.page();
  }

  #requested(start: DeltaStart): Requested {
    let page: Promise<DeltaPage | DeltaGone> | undefined;
    const requested: Requested = {
      link: linkOf(start),
      page: () => (page ??= this.#request(start, (link) => {
        if (this.#current !== requested || this.#ahead !== undefined) return;
        this.#ahead = this.#requested({ link });
        // Whoever asks for the page gets the failure.
        this.#ahead.page().catch(() => undefined);
      })),
    };
    return requested;
  }
}

interface Requested {
  link: string | undefined;
  /** Its page, requested when this is called for the first time. */
  page: () => Promise<DeltaPage | DeltaGone>;
}

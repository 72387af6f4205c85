import type { DeltaGone, DeltaPage, DeltaStart } from '../../delta.ts';

/** PageRequest requests one page. Calls `onNext` with the link to the page after it, if that is known before the page has been read. */
export type PageRequest = (start: DeltaStart, onNext?: (link: string) => void) => Promise<DeltaPage | DeltaGone>;

/**
 * PagesAhead requests the page after each one while that one is still being read, at most one ahead: what has come is handed out
 * when it is asked for, failures included, so that nobody sees a difference. A page that nobody asks for is dropped; where
 * links lead nowhere, that is one request too many before the enumeration starts over.
 */
export class PagesAhead {
  readonly #request: PageRequest;
  /** The link that was requested ahead, and its page. */
  #link: string | undefined;
  #page: Promise<DeltaPage | DeltaGone> | undefined;

  constructor(request: PageRequest) {
    this.#request = request;
  }

  page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    const isAhead = this.#link !== undefined && typeof start === 'object' && 'link' in start && start.link === this.#link;
    const page = isAhead ? this.#page : undefined;
    this.#link = undefined;
    this.#page = undefined;
    return page ?? this.#requested(start);
  }

  #requested(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    return this.#request(start, (link) => {
      if (this.#link !== undefined) return;
      this.#link = link;
      this.#page = this.#requested({ link });
      // Whoever asks for the page gets the failure.
      this.#page.catch(() => undefined);
    });
  }
}

/** Resolves when the signal is aborted. For a signal of one wait: on one that lives longer, each wait would leave a listener behind. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}

/**
 * A signal that aborts with the first of these, until it is released. For what happens again and again
 * beside a signal that lives as long as the process: `AbortSignal.any` leaves a trace in that one each
 * time, up to Node 22 for good.
 */
export function linked(...sources: readonly AbortSignal[]): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const release = (): void => {
    for (const source of sources) source.removeEventListener('abort', follow);
  };
  const follow = (): void => {
    release();
    controller.abort(sources.find(({ aborted }) => aborted)?.reason);
  };
  for (const source of sources) source.addEventListener('abort', follow);
  if (sources.some(({ aborted }) => aborted)) follow();
  return { signal: controller.signal, release };
}

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { detailsOf } from '../model/details.ts';
import { indented } from '../model/json.ts';
import type { Row } from '../model/row.ts';
import { escaped } from '../model/text.ts';
import type { Store } from '../store.ts';
import { ForeignText } from './foreign-text.tsx';
import { KIND_WORDS } from './words.ts';

/** Longer records are cut; more than this is not readable anyway. */
const MOST_SHOWN = 50_000;

/** Details shows one change in full, with its original record. Escape closes it; the focus returns to the row. */
export function Details({ store, row }: { store: Store; row: Row }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const { lines, link } = detailsOf(row, store.nameOf(row.drive));
  const close = (): void => {
    dialog.current?.close();
  };
  return (
    <dialog
      ref={dialog} aria-labelledby="details-title"
      onClose={() => {
        store.set({ opened: undefined });
      }}
      onClick={({ target }) => {
        // A click hits the dialog itself only outside its content.
        if (target === dialog.current) close();
      }}
    >
      <div class="dialog-body">
        <div class="card-head">
          <h2 id="details-title"><ForeignText text={row.name} longest={200} /></h2>
          <button type="button" class="plain" onClick={close}>Close</button>
        </div>
        <p><span class={`kind ${row.kind}`}>{KIND_WORDS[row.kind]}</span></p>
        <dl class="details">
          {lines.map(([name, value]) => <div key={name}><dt>{name}</dt><dd><ForeignText text={value} longest={1_000} /></dd></div>)}
        </dl>
        {link !== undefined && <p><a href={link} target="_blank" rel="noopener noreferrer">Open in the browser</a></p>}
        <Record raw={row.raw} />
      </div>
    </dialog>
  );
}

function Record({ raw }: { raw: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const text = escaped(indented(raw.slice(0, MOST_SHOWN)));
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(raw);
    setCopied(true);
  };
  return (
    <div class="record">
      <div class="card-head">
        <h3 id="record-title">Record</h3>
        {/* Browsers offer the clipboard only over https and on localhost. */}
        {window.isSecureContext && <button type="button" class="plain" onClick={() => void copy()}>{copied ? 'Copied' : 'Copy'}</button>}
      </div>
      {/* A scrolling region has to be reachable by keyboard. */}
      <pre tabIndex={0} role="region" aria-labelledby="record-title">{text}</pre>
      {raw.length > MOST_SHOWN && <p class="quiet">Only the first {MOST_SHOWN.toLocaleString('en')} characters are shown.</p>}
    </div>
  );
}

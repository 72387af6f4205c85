import type { JSX } from 'preact';
import { pieces } from '../model/text.ts';

const LONGEST = 240;

/** ForeignText shows untrusted text only as text: isolated from the direction of the text around it, with invisible characters shown by name. */
export function ForeignText({ text, longest = LONGEST }: { text: string; longest?: number }): JSX.Element {
  return (
    <bdi class="foreign">
      {pieces(text, longest).map((piece, at) => ('text' in piece ? piece.text : <span class="code-point" key={at}>{piece.code}</span>))}
    </bdi>
  );
}

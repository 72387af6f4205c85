import type { JSX } from 'preact';
import { pieces } from '../model/text.ts';

const LONGEST = 240;

/** ForeignText shows text from elsewhere as text and nothing else: isolated from the direction of what is around it, with what could not be seen named. */
export function ForeignText({ text, longest = LONGEST }: { text: string; longest?: number }): JSX.Element {
  return (
    <bdi class="foreign">
      {pieces(text, longest).map((piece, at) => ('text' in piece ? piece.text : <span class="code-point" key={at}>{piece.code}</span>))}
    </bdi>
  );
}

import type { JSX } from 'preact';

interface PagerProps {
  name: string;
  page: number;
  pages: number;
  newer: string;
  older: string;
  go: (page: number) => void;
}

/** Pager goes through the pages of a list; a single page needs none. */
export function Pager({ name, page, pages, newer, older, go }: PagerProps): JSX.Element | null {
  if (pages <= 1) return null;
  const button = (label: string, to: number): JSX.Element => {
    // Not `disabled`: the button would lose the focus while it is being used.
    const usable = to >= 0 && to < pages;
    return (
      <button
        type="button" class="plain" aria-disabled={!usable}
        onClick={() => {
          if (usable) go(to);
        }}
      >
        {label}
      </button>
    );
  };
  return (
    <nav class="pager" aria-label={`Pages: ${name}`}>
      {button(newer, page - 1)}
      <span>{(page + 1).toLocaleString('en')} of {pages.toLocaleString('en')}</span>
      {button(older, page + 1)}
    </nav>
  );
}

function page(title: string, text: string, color: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · graph-watch</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1.1rem/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; margin: 0 1rem; text-align: center }
  h1 { font-size: 1.6rem; color: ${color}; margin: 0 }
  p { margin: .5rem 0 }
</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
}

/** The pages that the browser shows at the end of a sign-in. They contain nothing from the answer. */
export const SUCCESS_PAGE = page('You are signed in', 'You can close this window and go back to the terminal.', '#2a9d5c');
export const ERROR_PAGE = page('The sign-in failed', 'See the terminal for details. You can close this window.', '#d1495b');

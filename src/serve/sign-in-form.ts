/** `signInForm` returns the page on which a browser signs in with the token. */
export function signInForm({ wrong }: { wrong: boolean }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>graph-watch</title>
<link rel="stylesheet" href="/assets/login.css">
</head>
<body>
<main>
<h1>graph-watch</h1>
<form method="post" action="/login">
<label>Token (GRAPH_WATCH_SERVE_TOKEN)
<input type="password" name="token" autocomplete="current-password" required autofocus></label>
<button>Sign in</button>
</form>${wrong ? '\n<p class="error" role="alert">Wrong token.</p>' : ''}
</main>
</body>
</html>
`;
}

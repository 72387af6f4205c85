export const STYLE_PATH = '/sign-in/style.css';
export const SCRIPT_PATH = '/sign-in/submit.js';

/** Submits the form of the page that redirects by POST; for browsers without scripts, the page has a button. */
export const SUBMIT_SCRIPT = `document.querySelector('form').submit();\n`;

export const STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2330, #e8ecf3);
  --quiet: light-dark(#566074, #9aa5b8);
  --ground: light-dark(#eef1f6, #11151c);
  --card: light-dark(#ffffff, #1a202b);
  --line: light-dark(#cfd6e2, #364052);
  --accent: light-dark(#1257b8, #7db2ff);
  --on-accent: light-dark(#ffffff, #0b1524);
  --bad: light-dark(#a5201a, #ff9c94);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center;
  gap: 1.25rem; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
main {
  width: 100%; max-width: 27rem; padding: 2rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem; box-shadow: 0 1px 2px rgb(0 0 0 / .06), 0 8px 24px rgb(0 0 0 / .06);
}
.brand { display: flex; align-items: center; gap: .5rem; margin: 0 0 1.25rem; color: var(--quiet); font-size: .875rem; font-weight: 600; }
.brand span { width: .75rem; height: .75rem; border-radius: 50%; border: .2rem solid var(--accent); }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
main > :last-child { margin-bottom: 0; }
a { color: var(--accent); }
code { font-family: ui-monospace, "Cascadia Code", Menlo, "Liberation Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
.scopes { margin: 0 0 1.25rem; padding-left: 1.25rem; }
.scopes li { margin: .15rem 0; color: var(--quiet); }
.scopes code { color: var(--ink); }
fieldset { margin: 0 0 1.5rem; padding: 0; border: 0; }
legend { padding: 0; margin-bottom: .5rem; font-weight: 600; }
.choice { display: flex; gap: .75rem; align-items: center; padding: .6rem .75rem; margin-bottom: .5rem; border: 1px solid var(--line); border-radius: .5rem; cursor: pointer; }
.choice:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.choice small { display: block; color: var(--quiet); }
input[type="radio"] { accent-color: var(--accent); width: 1.1rem; height: 1.1rem; margin: 0; }
.field { display: block; font-weight: 600; }
input[type="text"], input[type="email"] {
  display: block; width: 100%; margin-top: .35rem; padding: .65rem .75rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--quiet); border-radius: .5rem;
}
fieldset input[type="email"] { font-weight: 400; }
.code { font: 600 1.5rem/1.2 ui-monospace, "Cascadia Code", Menlo, "Liberation Mono", monospace !important; letter-spacing: .15em; text-transform: uppercase; text-align: center; }
::placeholder { color: var(--quiet); opacity: .7; }
.buttons { display: flex; gap: .75rem; flex-wrap: wrap; }
button {
  flex: 1 1 8rem; padding: .7rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent);
}
button.secondary { background: transparent; color: var(--ink); border-color: var(--quiet); }
form > button { width: 100%; margin-top: 1.25rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { padding: .6rem .75rem; border-left: 4px solid var(--bad); color: var(--bad); background: color-mix(in srgb, var(--bad) 8%, transparent); border-radius: .25rem; }
footer { max-width: 27rem; color: var(--quiet); font-size: .8125rem; text-align: center; }
`;

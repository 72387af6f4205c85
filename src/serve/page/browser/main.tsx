import { render } from 'preact';
import { statusOf } from './model/state.ts';
import { plain } from './model/text.ts';
import { Store } from './store.ts';
import { App } from './view/app.tsx';

function titleOf({ contact, state }: Store): string {
  const { word } = statusOf(contact, state);
  const [only] = state?.drives ?? [];
  return `${word} · ${only !== undefined && state?.drives.length === 1 && only.name !== 'me' ? plain(only.name, 60) : 'graph-watch'}`;
}

const root = document.getElementById('app');
if (root !== null) {
  const draw = (): void => {
    document.title = titleOf(store);
    render(<App store={store} />, root);
  };
  const store = new Store(draw);
  draw();
  store.start();
}

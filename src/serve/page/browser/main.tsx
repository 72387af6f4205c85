import { render } from 'preact';
import { Store } from './store.ts';
import { App } from './view/app.tsx';

const root = document.getElementById('app');
if (root !== null) {
  const draw = (): void => {
    render(<App store={store} />, root);
  };
  const store = new Store(draw);
  draw();
  store.start();
}

// The floor of many drives: this many WebSockets of ws over TLS with one set of roots, which say what socket.io needs to hear and stay.
// They print a line for each that is acknowledged. Their push host's URL and their number are given in the environment.
import { createSecureContext } from 'node:tls';
import { WebSocket } from 'ws';

/** As many attempts at once as graph-watch makes. */
const AT_ONCE = 16;
const secureContext = createSecureContext();
const count = Number(process.env.BENCH_COUNT);
let opened = 0;

function open() {
  if (opened === count) return;
  const socket = new WebSocket(`${process.env.BENCH_PUSH}/socket.io/?token=bare-${opened++}&EIO=4&transport=websocket`, { perMessageDeflate: false, secureContext });
  socket.on('message', (data) => {
    const frame = data.toString();
    if (frame === '2') socket.send('3');
    else if (frame.startsWith('0')) socket.send('40/notifications,');
    else if (frame.startsWith('40')) {
      process.stdout.write('{"type":"ready"}\n');
      open();
    }
  });
}
for (let place = 0; place < AT_ONCE; place++) open();

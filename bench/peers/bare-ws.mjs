// The floor: a WebSocket that prints every frame unchanged. It is given the push host's URL.
import { WebSocket } from 'ws';

const socket = new WebSocket(process.env.BENCH_PUSH, { perMessageDeflate: false });
socket.on('message', (data) => {
  const frame = data.toString();
  if (frame === '2') socket.send('3');
  else if (frame.startsWith('0')) socket.send('40/notifications,');
  else process.stdout.write(`${frame}\n`);
});

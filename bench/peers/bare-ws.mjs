// The floor: a WebSocket, every frame printed as it came. It is told the push host's URL.
import { WebSocket } from 'ws';

const socket = new WebSocket(process.env.BENCH_PUSH, { perMessageDeflate: false });
socket.on('message', (data) => {
  const frame = data.toString();
  if (frame === '2') socket.send('3');
  else if (frame.startsWith('0')) socket.send('40/notifications,');
  else process.stdout.write(`${frame}\n`);
});

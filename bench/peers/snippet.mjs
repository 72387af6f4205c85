// The snippet from the documentation of "Get websocket endpoint", with its own request for the endpoint.
// `transports` is added: without it, socket.io-client tries long polling first, which the push host refuses.
import { io } from 'socket.io-client';

const response = await fetch(`${process.env.GRAPH_WATCH_GRAPH_URL}/v1.0/me/drive/root/subscriptions/socketIo`, {
  headers: { Authorization: `Bearer ${process.env.GRAPH_WATCH_TOKEN}`, 'Content-Type': 'application/json' },
});
const { notificationUrl } = await response.json();
const socket = io(notificationUrl, { transports: ['websocket'] });
socket.on('connect', () => console.log('Connected!'));
socket.on('notification', (data) => console.log('notification', data));

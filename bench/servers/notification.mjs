/** A notification as the live service was seen to send it; `mark` appears in what every contender prints. */
export function notificationFrame(mark) {
  const payload = {
    value: [{
      subscriptionId: '3f1c9a20-3c1d-4d0a-9a57-2f4f2f6e1c11',
      clientState: `mark:${mark};`,
      expirationDateTime: '2099-05-11T21:52:27.5200000Z',
      resource: '7d20c4be-0f35-4a35-8f1c-5d4f0d1f9a20',
      tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad',
      siteUrl: '/personal/2f7c41d08e6a95b3',
      webId: 'c41e7a90-7f0f-4a52-9d58-4d6a7a6f2d33',
    }],
  };
  return `42/notifications,${JSON.stringify(['notification', JSON.stringify(payload)])}`;
}

const PIECE_FRAMES = 500;

/**
 * This many WebSocket frames (RFC 6455 §5.2: unmasked, text, 16-bit length), ready to be written in pieces of several
 * frames. No frame is split: a pong may have to go between two pieces.
 */
export function encodedBurst(count) {
  const pieces = [];
  let frames = [];
  for (let index = 0; index < count; index++) {
    const text = Buffer.from(notificationFrame(index));
    frames.push(Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]), text);
    if (frames.length < PIECE_FRAMES * 2 && index < count - 1) continue;
    pieces.push(Buffer.concat(frames));
    frames = [];
  }
  return pieces;
}

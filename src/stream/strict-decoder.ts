import { Decoder, PacketType, type Packet } from 'socket.io-parser';
import { isRecord } from '../lib/json.ts';

/**
 * StrictDecoder decodes Socket.IO packets (https://socket.io/docs/v4/socket-io-protocol/) as the library's own
 * decoder does, but throws at whatever socket.io-client takes for granted later, where nobody would catch it: an
 * event without a payload, a refusal whose message is not a string. The Manager treats what is thrown here as a
 * parse error, which ends only that connection.
 */
export class StrictDecoder extends Decoder {
  constructor() {
    super();
    // Ahead of the Manager's own listener, which is not called for what throws here.
    this.on('decoded', checkPacket);
  }
}

function checkPacket({ type, data }: Packet): void {
  switch (type) {
    case PacketType.EVENT:
    case PacketType.BINARY_EVENT:
      if (!Array.isArray(data) || data.length === 0) throw new Error('the server sent an event without a payload');
      return;
    case PacketType.CONNECT_ERROR:
      if (typeof data === 'string' || (isRecord(data) && ['undefined', 'string'].includes(typeof data.message))) return;
      throw new Error('the server sent a refusal without a message');
    case PacketType.CONNECT:
    case PacketType.DISCONNECT:
    case PacketType.ACK:
    case PacketType.BINARY_ACK:
      return;
  }
}

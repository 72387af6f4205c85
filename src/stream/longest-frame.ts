/**
 * Notifications are a few hundred bytes. Anything longer is not one, and must not fill the memory. In bytes; in a file of
 * its own, since other code about frames loads socket.io.
 */
export const LONGEST_FRAME = 16 * 1024 * 1024;

/**
 * Notifications are a few hundred bytes. What is longer is not one, and must not fill the memory. In bytes; in a file of
 * its own, since whatever else knows about frames brings socket.io along.
 */
export const LONGEST_FRAME = 16 * 1024 * 1024;

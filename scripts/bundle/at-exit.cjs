// Replaces signal-exit where the library for locks removes them at the end: it would listen for every signal, and replace functions of
// `process`, also in a program that uses the API. The commands handle signals themselves.
module.exports = (listener) => {
  globalThis.process.on('exit', listener);
};

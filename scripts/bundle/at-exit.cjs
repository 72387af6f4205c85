// Replaces signal-exit, with which the lock library removes its locks at exit: signal-exit would listen for every signal, and replace
// functions of `process`, also in a program that uses the API. The commands handle signals themselves.
module.exports = (listener) => {
  globalThis.process.on('exit', listener);
};

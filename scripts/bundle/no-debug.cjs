// Replaces the `debug` package, which prints whole URLs (the push host's token, a proxy's password) if DEBUG is set.
const silent = Object.assign(() => undefined, { enabled: false, extend: () => silent });
const createDebug = () => silent;
module.exports = Object.assign(createDebug, { debug: createDebug, default: createDebug, enabled: () => false });

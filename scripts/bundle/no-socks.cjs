// Replaces undici's SOCKS5 proxy. A file of its own: one that two parts of the bundle share would be loaded at every start.
module.exports = {};

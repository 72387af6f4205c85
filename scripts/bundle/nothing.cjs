// Replaces a module that a bundled package loads and never uses.
module.exports = {};

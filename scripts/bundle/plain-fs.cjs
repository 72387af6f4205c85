// Replaces graceful-fs where the library for locks uses it: it would replace functions of `fs` and of `process`, also in a program that uses
// the API, and what it is for (too many open files) does not concern folders and their times, which are all that locks are made of.
module.exports = require('node:fs');

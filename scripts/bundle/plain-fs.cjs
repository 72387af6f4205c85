// Replaces graceful-fs in the lock library: graceful-fs would replace functions of `fs` and of `process`, also in a program that uses the
// API, and what it is for (too many open files) does not matter to locks, which consist only of folders and their times.
module.exports = require('node:fs');

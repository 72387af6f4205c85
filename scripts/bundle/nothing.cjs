// Stands for a module that is loaded by a package of ours and never used.
module.exports = {};

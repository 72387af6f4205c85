// COVERAGE=1 makes the same run report what the tests cover.
export default {
  rootDir: '..',
  testEnvironment: 'node',
  // Tests wait for events, and none asserts how long something took: this is only a safety net, on busy machines too.
  testTimeout: 180_000,
  maxWorkers: '100%',
  // The modules of a test file stay in memory behind it, and V8 is asked about all of them for the coverage of each file:
  // in one process, the last of 240 files took five seconds longer than the first. A worker is replaced before that.
  workerIdleMemoryLimit: '100MB',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } }],
  },
  collectCoverage: process.env.COVERAGE === '1',
  collectCoverageFrom: ['src/**/*.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary'],
};

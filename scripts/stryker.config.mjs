// `npm run mutate` breaks each line on purpose and checks whether a test notices. It covers what the tool exists for;
// `npm run mutate -- --mutate src/stream/renewal.ts` takes part of it, in minutes instead of hours.
export default {
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
  // Jest knows of an import only below its roots, which `src` is not: it would leave out tests that reach a file through another.
  jest: { projectType: 'custom', configFile: 'scripts/jest.config.mjs', config: { testPathIgnorePatterns: ['/end-to-end/', '/clients/', '/emulator/'] }, enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  mutate: ['src/stream/**/*.ts', 'src/changes/**/*.ts', 'src/watch/**/*.ts', 'src/actions/**/*.ts'],
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: '.stryker-tmp',
  concurrency: 2,
  timeoutMS: 5_000,
  dryRunTimeoutMinutes: 30,
};

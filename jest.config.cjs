// Tests are compiled by swc; packages that ship only ES modules are compiled too, so that one module system serves everywhere.
const shared = {
  testEnvironment: 'node',
  cacheDirectory: '<rootDir>/.carryon/cache/jest',
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  transformIgnorePatterns: [
    'node_modules/(?!(execa|is-stream|human-signals|strip-final-newline|npm-run-path|path-key|onetime|mimic-fn|get-stream|p-retry|is-network-error|@kubernetes/client-node|openid-client|oauth4webapi|jose|jsonpath-plus)/)',
  ],
};
const project = (displayName, extra = {}) => ({ ...shared, displayName, testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`], ...extra });

module.exports = {
  projects: [
    project('unit'),
    project('model'),
    // The workflows' bundle is made once for all files.
    project('workflows', { globalSetup: '<rootDir>/test/workflows/support/global-setup.ts', globalTeardown: '<rootDir>/test/workflows/support/global-teardown.ts' }),
    project('integration'),
    // Clusters, Temporal and coordinators are started once for all files.
    project('e2e', {
      globalSetup: '<rootDir>/test/e2e/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/e2e/support/global-teardown.ts',
      testEnvironment: '<rootDir>/test/e2e/support/turn-environment.ts',
    }),
    // Clusters of other kinds than Docker's beside one of those, on a system of their own.
    project('clusters', { globalSetup: '<rootDir>/test/clusters/support/global-setup.ts', globalTeardown: '<rootDir>/test/clusters/support/global-teardown.ts' }),
  ],
  // What takes a second takes many when test files share few processors. For hooks as well, which a project's own setting leaves at 5 s.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/sequencer.cjs',
};

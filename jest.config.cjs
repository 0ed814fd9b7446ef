// Tests are compiled by swc; packages that ship only ES modules are compiled too, so that one module system serves everywhere.
const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  transformIgnorePatterns: [
    'node_modules/(?!(execa|is-stream|human-signals|strip-final-newline|npm-run-path|path-key|onetime|mimic-fn|get-stream|p-retry|is-network-error)/)',
  ],
};
const project = (displayName, extra = {}) => ({ ...shared, displayName, testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`], ...extra });

module.exports = { projects: [project('unit'), project('workflows'), project('integration'), project('e2e')] };

import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '**/*.mjs', '**/*.js', '**/*.cjs', '.carryon/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['interceptor/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['activities', 'bench', 'cli', 'engine', 'sync', 'workers', 'workflows'].map((part) => `**/../${part}/**`), message: 'interceptor -> clients -> domain' }] }] },
  },
  {
    // Pure: nothing of the world but types and names.
    files: ['interceptor/rewrite/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^node:|^\\.\\./(?!\\.\\./(domain/|clients/orchestrators/kubernetes/(names|intercepted)$))', message: 'the rewriting decides; it does not act' }] }] },
  },
);

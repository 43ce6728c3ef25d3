import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Dependencies point inwards: core <- models <- backends, core <- convert, core <- stream, models <- engine; browser and cli compose them. */
const boundaries = [
  {
    sourceTag: 'scope:core',
    onlyDependOnLibsWithTags: ['scope:core'],
    allowedExternalImports: ['rxjs', 'rxjs/*'],
  },
  { sourceTag: 'scope:models', onlyDependOnLibsWithTags: ['scope:core', 'scope:models'] },
  { sourceTag: 'scope:convert', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'scope:files', onlyDependOnLibsWithTags: ['scope:core', 'scope:models'] },
  { sourceTag: 'scope:sqlite', onlyDependOnLibsWithTags: [] },
  {
    sourceTag: 'scope:backend',
    onlyDependOnLibsWithTags: ['scope:core', 'scope:models', 'scope:files', 'scope:sqlite'],
  },
  {
    sourceTag: 'scope:engine',
    onlyDependOnLibsWithTags: ['scope:core', 'scope:models'],
    allowedExternalImports: ['rxjs', 'rxjs/*'],
  },
  { sourceTag: 'scope:stream', onlyDependOnLibsWithTags: ['scope:core'] },
  {
    sourceTag: 'scope:library',
    onlyDependOnLibsWithTags: ['scope:core', 'scope:models', 'scope:engine', 'scope:stream'],
  },
  { sourceTag: 'scope:postgres', onlyDependOnLibsWithTags: ['scope:core'] },
  {
    sourceTag: 'scope:cluster',
    onlyDependOnLibsWithTags: [
      'scope:core',
      'scope:models',
      'scope:backend',
      'scope:stream',
      'scope:engine',
      'scope:postgres',
    ],
  },
  // Its test for pages speaks of playwright's types.
  { sourceTag: 'scope:ui', onlyDependOnLibsWithTags: [], allowedExternalImports: ['playwright-core'] },
  {
    sourceTag: 'scope:server',
    onlyDependOnLibsWithTags: [
      'scope:core',
      'scope:models',
      'scope:backend',
      'scope:stream',
      'scope:engine',
      'scope:library',
      'scope:ui',
    ],
  },
  {
    sourceTag: 'scope:browser',
    onlyDependOnLibsWithTags: ['scope:core', 'scope:models', 'scope:engine', 'scope:backend', 'scope:files'],
  },
  {
    sourceTag: 'scope:cli',
    onlyDependOnLibsWithTags: [
      'scope:server',
      'scope:library',
      'scope:ui',
      'scope:cluster',
      'scope:postgres',
      'scope:core',
      'scope:models',
      'scope:convert',
      'scope:backend',
      'scope:stream',
      'scope:engine',
    ],
  },
  { sourceTag: 'scope:tools', onlyDependOnLibsWithTags: ['*'] },
  {
    sourceTag: 'scope:app',
    onlyDependOnLibsWithTags: [
      'scope:core',
      'scope:models',
      'scope:engine',
      'scope:backend',
      'scope:browser',
      'scope:ui',
    ],
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/node_modules',
      '.nx',
      '.cache',
      '**/*.generated.ts',
      '**/demo-out',
      'packages/core/kernel',
      'packages/backend-web/kernel',
      'apps/docs',
      'packages/sqlite-node20/index.d.ts',
    ],
  },
  { plugins: { '@nx': nx } },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: {
        project: './tsconfig.lint.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_+$', ignoreRestSiblings: true },
      ],
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { patterns: ['**/packages/**', '@fr-stream/*/src/*'] }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'models/src/**/*.ts', 'apps/*/src/**/*.ts', 'tools/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "BinaryExpression[operator='instanceof'][right.name=/^(FrStream|Source|Sink|Model|Backend|Index|Gallery|Argument)Error$/]",
          message: 'Use isInstance: another copy of core, or another thread, has other classes.',
        },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'models/src/**/*.ts', 'apps/*/src/**/*.ts', 'tools/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { depConstraints: boundaries, enforceBuildableLibDependency: false },
      ],
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['node:*'] }] },
  },
  {
    // The library is loaded in one place, which switches its telemetry off before.
    files: ['packages/*/src/**/*.ts', 'packages/*/worker/**/*.mjs', 'tools/**/*.ts', 'apps/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'onnxruntime-node',
              allowTypeImports: true,
              message: 'Load it with onnxruntime(): it sends telemetry otherwise.',
            },
          ],
        },
      ],
    },
  },
  {
    // What is printed is made safe in one place.
    files: ['packages/cli/src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.object.object.name="process"][callee.object.property.name=/^std(out|err)$/][callee.property.name="write"]',
          message: 'Use say() and print() of ui/terminal.ts.',
        },
      ],
      'no-console': 'error',
    },
  },
  {
    // They run the examples, which are no package of the workspace.
    files: ['tools/test/examples/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    // Queues and databases are started as the tests of the packages start them.
    files: ['tools/scale/**/*.ts', 'tools/test/scale/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: ['*.config.ts'],
    languageOptions: { parserOptions: { projectService: false } },
    ...tseslint.configs.disableTypeChecked,
  },
  prettier,
);

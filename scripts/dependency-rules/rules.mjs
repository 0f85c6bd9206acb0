// Which way imports may point. Each rule has a fixture of its name that breaks it and nothing
// else (fixtures/<rule>/…), and a test that sees each of them bite.

const ANY_PACKAGE = '^(core|conformance|schema|bench|stack|test-servers|adapters/[^/]+|apps/[^/]+)/';

/** @type {import('dependency-cruiser').IFlattenedRuleSet['forbidden']} */
export const forbidden = [
  {
    name: 'core-imports-nothing',
    comment: 'Core knows no transport: it imports itself, node:crypto and node:events.',
    severity: 'error',
    from: { path: '^core/src/' },
    to: { pathNot: ['^core/src/', '^(node:)?(crypto|events)$'] },
  },
  {
    name: 'adapter-imports-core-only',
    comment: 'An adapter imports core and its own SDK; embedded and postgres share sql and schema.',
    severity: 'error',
    from: { path: '^adapters/([^/]+)/src/', pathNot: '^adapters/(embedded|postgres|sql)/src/' },
    to: { path: ANY_PACKAGE, pathNot: ['^core/', '^adapters/$1/'] },
  },
  {
    name: 'sql-adapters-import-sql-and-schema',
    comment: 'Beyond core, the adapters of the config store may import adapters/sql and schema, and no other package.',
    severity: 'error',
    from: { path: '^adapters/(embedded|postgres|sql)/src/' },
    to: { path: ANY_PACKAGE, pathNot: ['^core/', '^adapters/$1/', '^adapters/sql/', '^schema/'] },
  },
  {
    name: 'conformance-imports-core-only',
    comment: 'The kit judges adapters that it knows nothing of.',
    severity: 'error',
    from: { path: '^conformance/src/' },
    to: { path: ANY_PACKAGE, pathNot: ['^core/', '^conformance/'] },
  },
  {
    name: 'apps-name-adapters-in-wiring-only',
    comment: 'Only an app’s wiring and the runtime’s loader name adapters.',
    severity: 'error',
    from: { path: '^apps/[^/]+/src/', pathNot: ['^apps/[^/]+/src/wiring\\.ts$', '^apps/runtime/src/adapters/'] },
    to: { path: '^adapters/' },
  },
  {
    name: 'client-imports-the-language-only',
    comment: 'The web client goes to browsers: of this repository it takes the condition language, and nothing that needs Node.',
    severity: 'error',
    from: { path: '^apps/www/ui/src/' },
    to: { path: ANY_PACKAGE, pathNot: ['^apps/www/ui/', '^core/(dist/)?src/language\\.'] },
  },
  {
    name: 'no-circular',
    comment: 'A cycle has no layer.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'nothing-undeclared',
    comment: 'A package that is imported is declared: one of npm in the package.json of the importer or of the root, one of this repository in the importer’s (declared.mjs).',
    severity: 'error',
    from: { path: ANY_PACKAGE },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: ANY_PACKAGE },
  },
  {
    name: 'nothing-unresolved',
    comment: 'An import leads somewhere.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'source-imports-no-test',
    comment: 'What ships does not need the tests. Benchmarks and the local stack do not ship; they drive a CAVE as the tests do.',
    severity: 'error',
    from: { path: '/src/', pathNot: '^(bench|stack)/' },
    to: { path: '/(test|dist/test)/' },
  },
  {
    name: 'source-imports-no-development-dependency',
    comment: 'Images carry production dependencies only.',
    severity: 'error',
    from: { path: '^(core|conformance|schema|adapters/[^/]+|apps/[^/]+)/src/', pathNot: '^apps/cli/src/walkthrough/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'], pathNot: ANY_PACKAGE },
  },
];

/**
 * Imports point one way:
 * roots of lib ← events/catalog ← lib/<capability> ← lib/{store,aws,http,documents,observability} ← functions ← local, test.
 * infra names code by path and imports only the names and the route table.
 */
const EDGE = 'store|aws|http|documents|observability';
const CAPABILITY = `^lib/(?!(${EDGE})/)[^/]+/`;

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'roots-stand-alone',
      severity: 'error',
      from: { path: '^lib/[^/]+\\.ts$' },
      to: { path: '^(lib/[^/]+/|events|functions|infra|local|web|test)' },
    },
    {
      name: 'catalog-knows-roots-only',
      severity: 'error',
      from: { path: '^events/catalog' },
      to: { path: '^(lib/[^/]+/|functions|infra|local|web|test)' },
    },
    {
      name: 'capabilities-are-pure',
      severity: 'error',
      from: { path: CAPABILITY },
      to: { path: `^(lib/(${EDGE})/|functions|infra|local|web|test)` },
    },
    {
      name: 'capabilities-know-no-aws',
      severity: 'error',
      from: { path: CAPABILITY },
      to: { path: 'node_modules/(@aws-sdk|@aws-lambda-powertools|@middy|electrodb|@smithy)' },
    },
    {
      name: 'edges-do-not-know-functions',
      severity: 'error',
      from: { path: `^lib/(${EDGE})/` },
      to: { path: '^(functions|infra|local|test)' },
    },
    {
      name: 'functions-stand-alone',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^(functions/(?!$1/)|infra|local|test)' },
    },
    {
      name: 'infra-names-code-by-path',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^(lib/(?!(names|routes)\\.ts)|functions|events|local|web|test)' },
    },
    { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: '^(test|bench)/' }, to: { path: '^test/' } },
    {
      name: 'clock-in-one-place',
      severity: 'error',
      from: { path: '^lib/(?!clock|entropy)', pathNot: '^lib/(aws|http)/' },
      to: { path: '^lib/(clock|entropy)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(cdk\\.out|\\.local)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

import { parseArgs } from 'node:util';
import { synthesize } from './synthesize.ts';

/**
 * What `cdk` runs. Without the CLI: `node infra/app.ts -c stage=prod -o cdk.out`.
 * `CDK_VALIDATION=false` leaves all checks out, which halves the time; tests and deployments keep them.
 */
const { values } = parseArgs({
  options: { context: { type: 'string', short: 'c', multiple: true }, output: { type: 'string', short: 'o' } },
});

await synthesize({
  context: Object.fromEntries((values.context ?? []).map((pair) => pair.split('=', 2))),
  ...(values.output !== undefined && { outdir: values.output }),
  checked: process.env.CDK_VALIDATION !== 'false',
});

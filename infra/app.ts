import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { bundleFunctions } from './bundle.ts';
import { FLAGS } from './flags.ts';
import { stageNamed } from './stages.ts';
import { tributary } from './system.ts';

/**
 * `cdk synth -c stage=prod`, or without the CLI `node infra/app.ts -c stage=prod -o cdk.out`.
 * `CDK_VALIDATION=false` leaves the checks out, which halves the time; tests and deployments keep them.
 */
const { values } = parseArgs({
  options: { context: { type: 'string', short: 'c', multiple: true }, output: { type: 'string', short: 'o' } },
});
const context = Object.fromEntries((values.context ?? []).map((pair) => pair.split('=', 2)));

const app = new App({ context: { ...FLAGS, ...context }, outdir: values.output, analyticsReporting: false });
const bundles = await bundleFunctions(join(import.meta.dirname, '..'), join(app.outdir, 'functions'));
tributary(app, { stage: stageNamed(app.node.tryGetContext('stage') ?? 'dev'), bundles });
if (process.env.CDK_VALIDATION !== 'false') {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
app.synth();

import { join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { bundleFunctions } from './bundle.ts';
import { FLAGS } from './flags.ts';
import { stageNamed } from './stages.ts';
import { tributary } from './system.ts';

export interface Synthesis {
  /** Values as `cdk -c` gives them; `stage` is `dev` when neither here nor from the CLI. */
  readonly context?: Readonly<Record<string, string>>;
  /** The folder for the cloud assembly; the one the CLI names, else `cdk.out`. */
  readonly outdir?: string;
  /** Whether cdk-nag looks at every resource; findings that nobody has explained make synthesis fail. */
  readonly checked: boolean;
}

/** Bundles the functions and writes the cloud assembly of one stage. */
export async function synthesize({ context = {}, outdir, checked }: Synthesis): Promise<CloudAssembly> {
  const into = resolve(outdir ?? process.env.CDK_OUTDIR ?? 'cdk.out');
  const app = new App({ context: { ...FLAGS, ...context }, outdir: into, analyticsReporting: false });
  const bundles = await bundleFunctions(join(import.meta.dirname, '..'), join(into, 'functions'));
  tributary(app, { stage: stageNamed(app.node.tryGetContext('stage') ?? 'dev'), bundles });
  if (checked) Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app.synth();
}

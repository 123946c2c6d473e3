import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleFunctions, withPlaceholders } from '../../infra/bundle.ts';
import { FLAGS } from '../../infra/flags.ts';
import { type StageName, stageNamed } from '../../infra/stages.ts';
import { tributary } from '../../infra/system.ts';

/** The app of a stage, not yet synthesized, writing into a folder of its own. */
export async function appOf(stage: StageName): Promise<App> {
  const outdir = mkdtempSync(join(tmpdir(), `tributary-${stage}-`));
  const app = new App({ context: FLAGS, outdir, analyticsReporting: false });
  const bundles = withPlaceholders(
    await bundleFunctions(join(import.meta.dirname, '../..'), join(outdir, 'functions')),
    join(outdir, 'placeholders'),
  );
  tributary(app, { stage: stageNamed(stage), bundles });
  return app;
}

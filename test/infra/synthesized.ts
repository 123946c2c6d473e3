import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Bundles } from '../../infra/bundle.ts';
import { FLAGS } from '../../infra/flags.ts';
import { type StageName, stageNamed } from '../../infra/stages.ts';
import { tributary } from '../../infra/system.ts';

export interface TemplateResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have as many shapes as AWS has types
  readonly properties: any;
}

/** A stage as it would be deployed: resources of all its stacks, and the folder it was written to. */
export interface SynthesizedStage {
  readonly name: StageName;
  readonly resources: readonly TemplateResource[];
  readonly templates: Readonly<Record<string, { readonly Outputs?: Record<string, unknown> }>>;
  readonly directory: string;
  ofType(type: string): readonly TemplateResource[];
  remove(): void;
}

/** Empty handlers: nothing in a template depends on what a function does, and bundling is most of the time of a synthesis. */
function emptyHandlers(folder: string): Bundles {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.js'), 'exports.handler = async () => ({});\n');
  return { entries: [], code: () => Code.fromAsset(folder) };
}

/** Synthesizes a stage into a folder of its own, without cdk-nag and without the functions' code. */
export function synthesizedStage(name: StageName): SynthesizedStage {
  process.env.CDK_VALIDATION = 'false';
  const directory = mkdtempSync(join(tmpdir(), `tributary-${name}-`));
  const app = new App({ context: FLAGS, outdir: join(directory, 'cdk.out'), analyticsReporting: false });
  tributary(app, { stage: stageNamed(name), bundles: emptyHandlers(join(directory, 'empty')) });
  const { stacks } = app.synth();
  const resources = stacks.flatMap((stack) =>
    Object.entries<{ Type: string; Properties?: unknown }>(stack.template.Resources ?? {}).map(
      ([logicalId, { Type, Properties }]) => ({
        stack: stack.stackName,
        logicalId,
        type: Type,
        properties: Properties ?? {},
      }),
    ),
  );
  return {
    name,
    resources,
    templates: Object.fromEntries(stacks.map((stack) => [stack.stackName, stack.template])),
    directory,
    ofType: (type) => resources.filter((resource) => resource.type === type),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

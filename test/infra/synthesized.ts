import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageName } from '../../infra/stages.ts';
import { synthesize } from '../../infra/synthesize.ts';

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
  readonly templates: Readonly<Record<string, Record<string, unknown>>>;
  readonly directory: string;
  ofType(type: string): readonly TemplateResource[];
  remove(): void;
}

/** Synthesizes a stage into a folder of its own. */
export async function synthesizedStage(name: StageName, checked: boolean): Promise<SynthesizedStage> {
  const directory = mkdtempSync(join(tmpdir(), `tributary-${name}-`));
  const assembly = await synthesize({ context: { stage: name }, outdir: directory, checked, code: 'placeholders' });
  const resources = assembly.stacks.flatMap((stack) =>
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
    templates: Object.fromEntries(assembly.stacks.map((stack) => [stack.stackName, stack.template])),
    directory,
    ofType: (type) => resources.filter((resource) => resource.type === type),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A synthesized stack as it lies on disk, nothing resolved. */
export interface RawStack {
  readonly name: string;
  /** Concrete when the app says so, else `undefined`. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly template: RawTemplate;
}

export interface RawTemplate {
  readonly Parameters?: Record<string, { Type: string; Default?: unknown }>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Conditions?: Record<string, unknown>;
  readonly Resources?: Record<string, RawResource>;
  readonly Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown }; Condition?: string }>;
}

export interface RawResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Condition?: string;
}

/** A cloud assembly as `cdk synth` leaves it: its stacks, and the file or folder behind every asset key. */
export interface RawAssembly {
  readonly stacks: readonly RawStack[];
  readonly assets: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts?: Record<
    string,
    {
      readonly type: string;
      readonly environment?: string;
      readonly properties?: {
        readonly templateFile?: string;
        readonly stackName?: string;
        readonly file?: string;
        readonly directoryName?: string;
      };
    }
  >;
}

interface AssetManifest {
  readonly files?: Record<
    string,
    {
      readonly source: { readonly path?: string };
      readonly destinations: Record<string, { readonly objectKey: string }>;
    }
  >;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** Reads the manifest, every template and every asset list of a folder that `app.synth()` wrote, nested stages included. */
export function readAssembly(dir: string): RawAssembly {
  const manifestPath = join(dir, 'manifest.json');
  if (!existsSync(manifestPath)) throw new Error(`${dir} holds no synthesized app: manifest.json is missing`);
  const stacks: RawStack[] = [];
  const assets = new Map<string, string>();
  for (const [id, artifact] of Object.entries(readJson<Manifest>(manifestPath).artifacts ?? {})) {
    const { templateFile, stackName, file, directoryName } = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack' && templateFile) {
      const template = readJson<RawTemplate>(join(dir, templateFile));
      stacks.push({ name: stackName ?? id, ...concreteEnvironment(artifact.environment), template });
    } else if (artifact.type === 'cdk:asset-manifest' && file) {
      for (const asset of Object.values(readJson<AssetManifest>(join(dir, file)).files ?? {})) {
        if (!asset.source.path) continue;
        for (const { objectKey } of Object.values(asset.destinations))
          assets.set(objectKey, join(dir, asset.source.path));
      }
    } else if (artifact.type === 'cdk:cloud-assembly' && directoryName) {
      const nested = readAssembly(join(dir, directoryName));
      stacks.push(...nested.stacks);
      for (const [key, path] of nested.assets) assets.set(key, path);
    }
  }
  return { stacks, assets };
}

/** `aws://123456789012/eu-west-1`; an app that names no environment writes `unknown-account` and `unknown-region`. */
function concreteEnvironment(environment = ''): { account: string | undefined; region: string | undefined } {
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  const concrete = (part: string | undefined) => (part?.startsWith('unknown-') ? undefined : part);
  return { account: concrete(account), region: concrete(region) };
}

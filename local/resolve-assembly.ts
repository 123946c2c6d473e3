import type { RawAssembly, RawResource, RawStack } from './assembly.ts';
import type { Assembly, Resource } from './contract.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { localAddresses } from './local-addresses.ts';
import { generatedName, suitedName } from './physical-names.ts';
import { RESOURCE_TYPES, type TypeHere } from './resource-types.ts';

/** Where the laptop listens, known before anything is resolved because templates refer to it. */
export interface Addresses {
  /** The AWS front door. */
  readonly door: string;
  /** The address of an HTTP API. */
  apiUrl(stack: string, logicalId: string): string;
}

export interface Place {
  readonly region: string;
  readonly account: string;
}

/** The account and region of an app that names none. */
const NOWHERE: Place = { region: 'us-east-1', account: '000000000000' };

/** The one account and region the laptop plays: the first the app names, else {@link NOWHERE}. */
export function placeOf(raw: RawAssembly): Place {
  return {
    region: raw.stacks.find((stack) => stack.region)?.region ?? NOWHERE.region,
    account: raw.stacks.find((stack) => stack.account)?.account ?? NOWHERE.account,
  };
}

/** Fails with a list of every resource whose type the laptop does not know, before anything is started. */
export function refuseUnknownTypes(raw: RawAssembly): void {
  const unknown = raw.stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {})
      .filter(([, { Type }]) => !RESOURCE_TYPES[Type])
      .map(([logicalId, { Type }]) => `${stack.name}/${logicalId} is ${Type}`),
  );
  if (unknown.length === 0) return;
  throw new Error(
    `The laptop does not know ${unknown.length === 1 ? 'a resource type' : 'some resource types'}: ${unknown.join('; ')}. ` +
      'Serve it or accept it with a reason in local/resource-types.ts.',
  );
}

/** Turns templates into {@link Resource}s: names chosen, references followed, also across stacks. */
export function resolveAssembly(raw: RawAssembly, addresses: Addresses): Assembly {
  refuseUnknownTypes(raw);
  const place = placeOf(raw);
  const here = localAddresses(raw, place.region, addresses);
  const stacks = raw.stacks.map((stack) => resolvable(stack, place, addresses, here));
  const exports = new Map<string, () => unknown>();
  for (const stack of stacks) for (const [name, value] of stack.exports(imported)) exports.set(name, value);
  function imported(name: string): unknown {
    const value = exports.get(name);
    if (!value) throw new Error(`no stack exports ${name}`);
    return value();
  }
  const resources = stacks.flatMap((stack) => stack.resources());
  const outputs = Object.assign({}, ...stacks.map((stack) => stack.outputs())) as Record<string, string>;
  return indexed(resources, outputs, raw);
}

function indexed(resources: readonly Resource[], outputs: Record<string, string>, raw: RawAssembly): Assembly {
  const byType = Map.groupBy(resources, (resource) => resource.type);
  const byName = new Map<string, Resource>();
  // ARNs are unique, names and logical ids need not be: the first keeps the name.
  for (const key of ['arn', 'physicalName', 'logicalId'] as const) {
    for (const resource of resources) {
      for (const name of [resource[key], `${resource.type} ${resource[key]}`]) {
        if (!byName.has(name)) byName.set(name, resource);
      }
    }
  }
  return {
    resources,
    outputs,
    ofType: (type) => byType.get(type) ?? [],
    find: (nameOrArn, type) => byName.get(type ? `${type} ${nameOrArn}` : nameOrArn),
    asset: (s3Key) => raw.assets.get(s3Key),
  };
}

interface Identity {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
}

/**
 * One stack, ready to be asked: references are followed when they are met, each resource is named once.
 * `here` replaces public addresses by local ones in what was resolved.
 */
function resolvable(stack: RawStack, place: Place, addresses: Addresses, here: (value: unknown) => unknown) {
  const { template } = stack;
  const identities = new Map<string, Identity | 'being named'>();
  let importedFrom: (name: string) => unknown = () => undefined;

  const within = <T>(what: string, task: () => T): T => {
    try {
      return task();
    } catch (error) {
      throw new Error(`${stack.name}/${what}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };

  const pseudo: Record<string, unknown> = {
    'AWS::Region': place.region,
    'AWS::AccountId': place.account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${place.region}:${place.account}:stack/${stack.name}/laptop`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': NO_VALUE,
  };

  const declared = (logicalId: string): { resource: RawResource; type: TypeHere } => {
    const resource = template.Resources?.[logicalId];
    const type = resource && RESOURCE_TYPES[resource.Type];
    if (!resource || !type) throw new Error(`nothing is called ${logicalId}`);
    return { resource, type };
  };

  const identity = (logicalId: string): Identity => {
    const known = identities.get(logicalId);
    if (known === 'being named') throw new Error(`the name of ${logicalId} depends on itself`);
    if (known) return known;
    identities.set(logicalId, 'being named');
    const { resource, type } = declared(logicalId);
    const id = generatedName(stack.name, logicalId);
    const chosen = type.nameProperty && resolve(resource.Properties?.[type.nameProperty], scope);
    const name = typeof chosen === 'string' ? chosen : suitedName(id, resource);
    const named = { name, id, arn: '' };
    const arn = type.arn ? fill(type.arn, logicalId, named) : `arn:aws:laptop:${place.region}:${place.account}:${id}`;
    const complete = { ...named, arn };
    identities.set(logicalId, complete);
    return complete;
  };

  const fill = (pattern: string, logicalId: string, { name, id, arn }: Identity): string =>
    pattern.replace(/\{(\w+)\}/g, (_, word: string) => {
      if (word === 'name') return name;
      if (word === 'path') return name.replace(/^\//, '');
      if (word === 'id') return id;
      if (word === 'arn') return arn;
      if (word === 'region' || word === 'account') return place[word];
      if (word === 'door') return addresses.door;
      if (word === 'url') return addresses.apiUrl(stack.name, logicalId);
      return String(resolve(declared(logicalId).resource.Properties?.[word], scope));
    });

  const parameter = (name: string): unknown => {
    const { Type, Default } = template.Parameters?.[name] ?? {};
    if (Default === undefined) throw new Error(`the template parameter ${name} has no default`);
    if (!Type?.startsWith('AWS::SSM::Parameter::Value')) return Default;
    throw new Error(`the template parameter ${name} is read from SSM (${String(Default)}), which a laptop has not yet`);
  };

  const scope: Scope = {
    ref(name) {
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (template.Parameters?.[name]) return parameter(name);
      return fill(declared(name).type.ref ?? '{name}', name, identity(name));
    },
    attribute(logicalId, name) {
      const { resource, type } = declared(logicalId);
      const pattern = type.attributes?.[name] ?? (name === 'Arn' && type.arn ? '{arn}' : undefined);
      if (!pattern) throw new Error(`${logicalId} (${resource.Type}) has no attribute ${name} on the laptop`);
      return fill(pattern, logicalId, identity(logicalId));
    },
    imported: (name) => importedFrom(name),
    condition(name) {
      if (!(name in (template.Conditions ?? {}))) throw new Error(`there is no condition ${name}`);
      return Boolean(resolve(template.Conditions?.[name], scope));
    },
    mapping(map, first, second) {
      const value = template.Mappings?.[map]?.[first]?.[second];
      if (value === undefined) throw new Error(`the mapping ${map} has no entry ${first}, ${second}`);
      return value;
    },
  };

  const exists = ({ Condition }: { Condition?: string }) => Condition === undefined || scope.condition(Condition);
  const local = (value: unknown) => here(resolve(value, scope));

  return {
    /** Export name → its value, asked for only when imported: an import may lead through a third stack. */
    exports(imported: (name: string) => unknown): Map<string, () => unknown> {
      importedFrom = imported;
      const exported = new Map<string, () => unknown>();
      for (const [key, output] of Object.entries(template.Outputs ?? {})) {
        if (!output.Export || !exists(output)) continue;
        exported.set(String(resolve(output.Export.Name, scope)), () => within(key, () => resolve(output.Value, scope)));
      }
      return exported;
    },
    resources(): Resource[] {
      return Object.entries(template.Resources ?? {})
        .filter(([logicalId, resource]) => within(logicalId, () => exists(resource)))
        .map(([logicalId, resource]) =>
          within(logicalId, () => ({
            stack: stack.name,
            logicalId,
            type: resource.Type,
            physicalName: identity(logicalId).name,
            arn: identity(logicalId).arn,
            properties: local(resource.Properties ?? {}) as Record<string, unknown>,
          })),
        );
    },
    outputs(): Record<string, string> {
      return Object.fromEntries(
        Object.entries(template.Outputs ?? {})
          // What the CDK passes from stack to stack is nobody's output.
          .filter(([key, output]) => exists(output) && !(output.Export && key.startsWith('Export')))
          .map(([key, output]) => [key, String(within(key, () => local(output.Value)))] as const)
          .flatMap(([key, value]) => [
            [key, value],
            [`${stack.name}.${key}`, value],
          ]),
      );
    },
  };
}

import { wallClockMs } from '../../lib/clock.ts';
import { AwsFault, type Input, jsonService, type Operation, optionalText, text } from '../aws-json.ts';
import type { AwsService, Ground, Running } from '../contract.ts';
import { openDatabase } from '../durable.ts';
import type { Keys } from '../keys/keys.ts';
import { type Parameter, SCHEMA, shelf } from './shelf.ts';

export interface Parameters extends Running {
  readonly service: AwsService;
  /** Name, type, version and time of every parameter; no values, since some are secret. */
  list(): readonly Omit<Parameter, 'value'>[];
}

const DEFAULT_KEY = 'alias/aws/ssm';

/** SSM parameters: those of the template and those put at run time, with versions; SecureStrings under the laptop's keys. */
export async function startParameters(
  ground: Ground,
  keys: Pick<Keys, 'encrypt' | 'decrypt' | 'arnOf'>,
): Promise<Parameters> {
  const database = openDatabase(ground.dataDir('parameters'), SCHEMA);
  const stored = shelf(database);
  for (const { properties, physicalName } of ground.assembly.ofType('AWS::SSM::Parameter')) {
    const { Name, Type, Value, Description } = properties;
    stored.declare({
      name: String(Name ?? physicalName),
      type: String(Type ?? 'String'),
      value: String(Value),
      modifiedMs: wallClockMs(),
      ...(Description === undefined ? {} : { description: String(Description) }),
    });
  }

  const arnOf = (name: string) =>
    `arn:aws:ssm:${ground.region}:${ground.account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
  const contextOf = (name: string) => ({ PARAMETER_ARN: arnOf(name) });
  const named = (input: Input) => [arnOf(plainName(text(input, 'Name')))];

  const find = (reference: string): Parameter | undefined => {
    const name = plainName(reference);
    const version = reference.slice(name.length + 1);
    return version ? stored.version(name, Number(version)) : stored.latest(name);
  };
  const shown = (parameter: Parameter, decrypted: boolean) => ({
    Name: parameter.name,
    Type: parameter.type,
    Value:
      parameter.type === 'SecureString' && decrypted
        ? keys.decrypt(Buffer.from(parameter.value, 'base64'), contextOf(parameter.name)).toString('utf8')
        : parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modifiedMs / 1000,
    ARN: arnOf(parameter.name),
    DataType: 'text',
  });
  const described = (parameter: Parameter) => ({
    Name: parameter.name,
    ARN: arnOf(parameter.name),
    Type: parameter.type,
    Version: parameter.version,
    LastModifiedDate: parameter.modifiedMs / 1000,
    DataType: 'text',
    Tier: 'Standard',
    ...(parameter.keyArn ? { KeyId: parameter.keyArn } : {}),
    ...(parameter.description ? { Description: parameter.description } : {}),
  });
  const known = (name: string): Parameter => {
    const found = find(name);
    if (!found) throw new AwsFault('ParameterNotFound', `There is no parameter ${name}.`);
    return found;
  };
  /** A caller must be allowed to use the key behind a SecureString, unless it is the one AWS keeps for SSM. */
  const keyUse = (names: readonly string[], input: Input) => {
    if (input.WithDecryption !== true) return [];
    const arns = names.flatMap((name) => find(name)?.keyArn ?? []).filter((arn) => arn !== keys.arnOf(DEFAULT_KEY));
    return arns.map((resource) => ({ action: 'kms:Decrypt', resource }));
  };
  const under = (input: Input) => {
    const path = text(input, 'Path').replace(/\/?$/, '/');
    const deep = input.Recursive === true;
    return stored.all().filter(({ name }) => name.startsWith(path) && (deep || !name.slice(path.length).includes('/')));
  };

  const operations: Record<string, Operation> = {
    GetParameter: {
      on: named,
      also: (input) => keyUse([text(input, 'Name')], input),
      run: (input) => ({ Parameter: shown(known(text(input, 'Name')), input.WithDecryption === true) }),
    },
    GetParameters: {
      on: (input) => namesOf(input).map((name) => arnOf(plainName(name))),
      also: (input) => keyUse(namesOf(input), input),
      run: (input) => ({
        Parameters: namesOf(input)
          .flatMap((name) => find(name) ?? [])
          .map((found) => shown(found, input.WithDecryption === true)),
        InvalidParameters: namesOf(input).filter((name) => !find(name)),
      }),
    },
    GetParametersByPath: {
      on: (input) => [arnOf(text(input, 'Path').replace(/\/$/, ''))],
      also: (input) =>
        keyUse(
          under(input).map(({ name }) => name),
          input,
        ),
      run: (input) => {
        const { page, next } = paged(under(input), input, 10);
        return { Parameters: page.map((found) => shown(found, input.WithDecryption === true)), ...next };
      },
    },
    GetParameterHistory: {
      on: named,
      run: (input) => {
        const name = known(text(input, 'Name')).name;
        return {
          Parameters: stored
            .versions(name)
            .map((version) => ({ ...described(version), Value: shown(version, input.WithDecryption === true).Value })),
        };
      },
    },
    DescribeParameters: {
      on: () => ['*'],
      run: (input) => {
        const { page, next } = paged(stored.all(), input, 50);
        return { Parameters: page.map(described), ...next };
      },
    },
    PutParameter: {
      on: named,
      run: (input) => {
        const name = text(input, 'Name');
        const before = stored.latest(name);
        if (before && input.Overwrite !== true) {
          throw new AwsFault('ParameterAlreadyExists', `${name} exists. To replace it, set Overwrite.`);
        }
        const type = optionalText(input, 'Type') ?? before?.type;
        if (!type) throw new AwsFault('ValidationException', 'Type is required for a new parameter.');
        const description = optionalText(input, 'Description') ?? before?.description;
        const secret =
          type === 'SecureString'
            ? keys.arnOf(optionalText(input, 'KeyId') ?? before?.keyArn ?? DEFAULT_KEY)
            : undefined;
        const value = text(input, 'Value');
        const version = stored.put({
          name,
          type,
          value: secret ? keys.encrypt(secret, Buffer.from(value), contextOf(name)).toString('base64') : value,
          modifiedMs: wallClockMs(),
          ...(secret ? { keyArn: secret } : {}),
          ...(description ? { description } : {}),
        });
        return { Version: version, Tier: 'Standard' };
      },
    },
    DeleteParameter: {
      on: named,
      run: (input) => {
        if (!stored.remove(text(input, 'Name')))
          throw new AwsFault('ParameterNotFound', `There is no parameter ${input.Name}.`);
        return {};
      },
    },
  };

  return {
    service: jsonService({ signingName: 'ssm', version: '1.1', operations }),
    list: () => stored.all().map(({ value: _secret, ...rest }) => rest),
    close: async () => database.close(),
  };
}

/** `/click-keys:3` asks for version 3 of `/click-keys`. */
function plainName(reference: string): string {
  return reference.split(':')[0] ?? reference;
}

function namesOf(input: Input): readonly string[] {
  return Array.isArray(input.Names) ? input.Names.map(String) : [];
}

function paged<T>(all: readonly T[], input: Input, atMost: number) {
  const from = Number(optionalText(input, 'NextToken') ?? 0);
  const size = Math.min(Number(input.MaxResults ?? atMost), atMost);
  const more = from + size < all.length;
  return { page: all.slice(from, from + size), next: more ? { NextToken: String(from + size) } : {} };
}

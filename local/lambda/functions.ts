import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Assembly, Credentials, Resource } from '../contract.ts';
import { refuseUnserved } from '../unserved.ts';

/** A function of the templates, ready to be started. */
export interface FunctionHere {
  readonly name: string;
  readonly arn: string;
  /** The bundle's entry file and the export that handles events. */
  readonly file: string;
  readonly exportName: string;
  /** All variables the code sees: the template's and those Lambda itself sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Physical name of its role. */
  readonly role: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Most events at once, where the template reserves; 0 switches the function off. */
  readonly reserved: number | undefined;
  /** ARN of the queue that takes events which failed for good. */
  readonly deadLetterArn: string | undefined;
  readonly retries: number;
  readonly onFailureArn: string | undefined;
}

export interface FunctionsGround {
  readonly region: string;
  readonly awsEndpoint: string;
  credentials(role?: string): Credentials;
  /** See `outboundExceptions` in lib/aws/env.ts. */
  readonly outboundExceptions?: string | undefined;
}

const EXTENSIONS = ['.mjs', '.cjs', '.js'];

/** The functions of all stacks whose code is in the assembly; those with inline or foreign code are refused by name. */
export function functionsOf(assembly: Assembly, ground: FunctionsGround): FunctionHere[] {
  const invokeConfigs = assembly.ofType('AWS::Lambda::EventInvokeConfig');
  for (const { stack, logicalId, properties } of invokeConfigs) {
    if ((properties.DestinationConfig as { OnSuccess?: unknown } | undefined)?.OnSuccess) {
      throw new Error(`${stack}/${logicalId}: the laptop sends failures to a destination, not successes`);
    }
  }
  return assembly.ofType('AWS::Lambda::Function').map((resource) => {
    const { physicalName: name, arn, properties } = resource;
    refuseUnserved(resource, ['Layers', 'FileSystemConfigs', 'VpcConfig', 'ImageConfig', 'DurableConfig']);
    const { file, exportName } = entry(resource, assembly);
    const config = invokeConfigs.find(({ properties: own }) => own.FunctionName === name)?.properties;
    const destination = config?.DestinationConfig as { OnFailure?: { Destination?: string } } | undefined;
    const role = String(properties.Role).split('/').at(-1) ?? '';
    const memoryMb = Number(properties.MemorySize ?? 128);
    return {
      name,
      arn,
      file,
      exportName,
      role,
      timeoutMs: Number(properties.Timeout ?? 3) * 1000,
      memoryMb,
      reserved: properties.ReservedConcurrentExecutions as number | undefined,
      deadLetterArn: (properties.DeadLetterConfig as { TargetArn?: string } | undefined)?.TargetArn,
      retries: Number(config?.MaximumRetryAttempts ?? 2),
      onFailureArn: destination?.OnFailure?.Destination,
      environment: {
        ...lambdaVariables(name, role, memoryMb, properties, ground),
        ...((properties.Environment as { Variables?: Record<string, string> } | undefined)?.Variables ?? {}),
      },
    };
  });
}

function entry({ stack, logicalId, properties }: Resource, assembly: Assembly): { file: string; exportName: string } {
  const where = `${stack}/${logicalId}`;
  const code = properties.Code as { S3Key?: string } | undefined;
  const folder = code?.S3Key && assembly.asset(code.S3Key);
  if (!folder || !existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Error(`${where}: the function's code is no folder in the assembly`);
  }
  const handler = String(properties.Handler);
  const dot = handler.lastIndexOf('.');
  const file = EXTENSIONS.map((extension) => join(folder, handler.slice(0, dot) + extension)).find(existsSync);
  if (!file) throw new Error(`${where}: ${folder} holds no ${handler.slice(0, dot)}${EXTENSIONS.join('|')}`);
  return { file, exportName: handler.slice(dot + 1) };
}

/** What Lambda sets by itself; the endpoint and the keys lead every SDK client to the front door, as this function's role. */
function lambdaVariables(
  name: string,
  role: string,
  memoryMb: number,
  properties: Readonly<Record<string, unknown>>,
  { region, awsEndpoint, credentials, outboundExceptions }: FunctionsGround,
): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials(role);
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: awsEndpoint,
    ...(outboundExceptions !== undefined && { OUTBOUND_EXCEPTIONS: outboundExceptions }),
    AWS_EXECUTION_ENV: `AWS_Lambda_${String(properties.Runtime)}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'laptop',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    _HANDLER: String(properties.Handler),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
  };
}

import { randomUUID } from 'node:crypto';
import type { AwsAnswer, AwsCall, AwsService, Need } from './contract.ts';

/**
 * The AWS JSON protocols, 1.0 and 1.1: the operation in `X-Amz-Target`, a JSON body, errors named by `__type`.
 * A service is a table from operation to what it does and which permissions it needs.
 */

/** A refusal as the service itself would word it; reaches the SDK as an error of that name. */
export class AwsFault extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = type;
    this.type = type;
    this.status = status;
  }
}

export type Input = Readonly<Record<string, unknown>>;

export interface Operation {
  /** Resource ARNs the caller needs this very action on; operations that read nothing of a resource need `*`. */
  readonly on: (input: Input, call: AwsCall) => readonly string[];
  /** Further permissions, such as the key behind an encrypted parameter. */
  readonly also?: (input: Input) => readonly Need[];
  readonly run: (input: Input, call: AwsCall) => unknown;
}

export interface JsonProtocol {
  readonly signingName: string;
  /** Prefix of the IAM actions where it differs from the signing name. */
  readonly iamPrefix?: string;
  readonly version: '1.0' | '1.1';
  /** Condition keys that a request carries, for policies that ask for them. */
  readonly context?: (input: Input) => NonNullable<Need['context']>;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** Builds the service behind the front door from its table of operations. An unknown operation is refused by name. */
export function jsonService({
  signingName,
  iamPrefix = signingName,
  version,
  context,
  operations,
}: JsonProtocol): AwsService {
  const contentType = `application/x-amz-json-${version}`;
  const reply = (status: number, value: unknown): AwsAnswer => ({
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(value ?? {}),
  });
  const refuse = (fault: AwsFault) => reply(fault.status, { __type: fault.type, message: fault.message });

  return {
    signingName,
    needs(call) {
      const operation = operations[operationOf(call)];
      if (!operation) return [];
      const input = tryInput(call);
      if (!input) return [];
      const action = `${iamPrefix}:${operationOf(call)}`;
      return [
        ...operation
          .on(input, call)
          .map((resource) => ({ action, resource, ...(context && { context: context(input) }) })),
        ...(operation.also?.(input) ?? []),
      ];
    },
    denied: (_call, message) => refuse(new AwsFault('AccessDeniedException', message)),
    async answer(call) {
      const name = operationOf(call);
      const operation = operations[name];
      try {
        if (!operation) {
          throw new AwsFault('UnknownOperationException', `${signingName}:${name || '?'} does not run on the laptop.`);
        }
        const input = tryInput(call);
        if (!input) throw new AwsFault('SerializationException', 'The request body is not a JSON object.');
        return reply(200, await operation.run(input, call));
      } catch (error) {
        if (error instanceof AwsFault) return refuse(error);
        throw error;
      }
    },
  };
}

/** `AWSStepFunctions.StartExecution` → `StartExecution`. */
export function operationOf(call: AwsCall): string {
  return call.headers['x-amz-target']?.split('.').at(-1) ?? '';
}

function tryInput(call: AwsCall): Input | undefined {
  try {
    const value: unknown = JSON.parse(call.body.toString('utf8') || '{}');
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Input) : undefined;
  } catch {
    return undefined;
  }
}

/** A required string of the input; refuses the request when it is absent, as AWS's own validation does. */
export function text(input: Input, field: string): string {
  const value = input[field];
  if (typeof value !== 'string' || value === '')
    throw new AwsFault('ValidationException', `${field} is required and must be text.`);
  return value;
}

/** An optional string of the input. */
export function optionalText(input: Input, field: string): string | undefined {
  const value = input[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

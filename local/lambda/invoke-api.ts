import type { AwsAnswer, AwsCall, AwsService, Invocation } from '../contract.ts';
import type { FunctionHere } from './functions.ts';
import { errorDocument } from './later.ts';

/** What the API needs of the functions. */
export interface Callable {
  readonly functions: readonly FunctionHere[];
  functionNamed(nameOrArn: string): FunctionHere | undefined;
  invoke(fn: FunctionHere, event: unknown): Promise<Invocation>;
  invokeLater(fn: FunctionHere, event: unknown): void;
  tail(fn: FunctionHere): readonly string[];
}

const ROUTE = /^\/2015-03-31\/functions(?:\/([^/?]+)(\/invocations)?)?\/?(?:\?.*)?$/;

/** The part of Lambda's REST API that calls functions and lists them: `aws lambda invoke`, `list-functions`, `get-function-configuration`. */
export function invokeApi(functions: Callable): AwsService {
  const target = (call: AwsCall) => {
    const [, name, invocation] = ROUTE.exec(call.path.replace(/\/configuration(?=$|\?)/, '')) ?? [];
    const fn = name ? functions.functionNamed(decodeURIComponent(name)) : undefined;
    return {
      name: name && decodeURIComponent(name),
      fn,
      invocation: invocation !== undefined && call.method === 'POST',
    };
  };

  return {
    signingName: 'lambda',
    needs(call) {
      const { fn, name, invocation } = target(call);
      if (!name) return [{ action: 'lambda:ListFunctions', resource: '*' }];
      return [{ action: invocation ? 'lambda:InvokeFunction' : 'lambda:GetFunction', resource: fn?.arn ?? name }];
    },
    denied: (_, message) => refuse(403, 'AccessDeniedException', message),
    async answer(call) {
      const { fn, name, invocation } = target(call);
      if (!ROUTE.test(call.path.replace(/\/configuration(?=$|\?)/, ''))) {
        return refuse(404, 'UnknownOperationException', `${call.method} ${call.path} is not served on the laptop`);
      }
      if (!name) return reply(200, { Functions: functions.functions.map(configuration) });
      if (!fn) return refuse(404, 'ResourceNotFoundException', `Function not found: ${name}`);
      if (!invocation)
        return reply(
          200,
          call.path.includes('/configuration') ? configuration(fn) : { Configuration: configuration(fn) },
        );
      const event = eventOf(call);
      if (event === INVALID)
        return refuse(400, 'InvalidRequestContentException', 'Could not parse request body into json');
      return invoked(call, fn, event);
    },
  };

  async function invoked(call: AwsCall, fn: FunctionHere, event: unknown): Promise<AwsAnswer> {
    const kind = call.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (kind === 'DryRun') return { status: 204, headers: {}, body: '' };
    if (kind === 'Event') {
      functions.invokeLater(fn, event);
      return { status: 202, headers: {}, body: '' };
    }
    const outcome = await functions.invoke(fn, event);
    if (!outcome.ok && outcome.errorType === 'TooManyRequestsException') {
      return refuse(429, outcome.errorType, outcome.errorMessage);
    }
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-amz-executed-version': '$LATEST',
        ...(outcome.ok ? {} : { 'x-amz-function-error': 'Unhandled' }),
        ...(call.headers['x-amz-log-type'] === 'Tail' && { 'x-amz-log-result': lastLines(functions.tail(fn)) }),
      },
      body: JSON.stringify(outcome.ok ? outcome.payload : errorDocument(outcome)),
    };
  }
}

const INVALID = Symbol('not JSON');
function eventOf({ body }: AwsCall): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return INVALID;
  }
}

/** Lambda gives the last 4 KB. */
const lastLines = (lines: readonly string[]) => Buffer.from(lines.join('\n').slice(-4096)).toString('base64');

const configuration = (fn: FunctionHere) => ({
  FunctionName: fn.name,
  FunctionArn: fn.arn,
  Handler: fn.environment._HANDLER,
  MemorySize: fn.memoryMb,
  Timeout: fn.timeoutMs / 1000,
  Runtime: fn.environment.AWS_EXECUTION_ENV?.replace('AWS_Lambda_', ''),
  Version: '$LATEST',
  State: 'Active',
});

const reply = (status: number, document: unknown): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(document),
});
const refuse = (status: number, type: string, message: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
  body: JSON.stringify({ Type: 'User', Message: message, message }),
});

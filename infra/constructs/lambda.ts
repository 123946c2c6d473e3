import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Env } from '../../lib/names.ts';
import type { Access } from './access.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm, type Watched } from './alarm.ts';
import type { HouseStack } from './house-stack.ts';

export interface LambdaProps extends Watched {
  /** 1,769 MB is one vCPU; less memory is a slower clock. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly access: readonly Access[];
  /** Most instances at once, taken out of the account's quota. */
  readonly concurrency?: number;
  /** Where events go that were handed over without waiting and failed three times. */
  readonly onFailure?: IQueue;
  /** Why requests to this function are not traced, where they are not. */
  readonly untraced?: string;
}

/** By the folder of the function, which says who calls it: why Lambda's own dead-letter setting would never be used. */
const WHY_NO_DEAD_LETTERS: Readonly<Record<string, string>> = {
  track: 'API Gateway calls it and waits for the answer; Lambda queues nothing that could be a dead letter',
  api: 'API Gateway calls it and waits for the answer; Lambda queues nothing that could be a dead letter',
  queue: 'it is called by an SQS event source; messages that fail go to the dead-letter queue of that queue',
  stream: 'it is called by a stream event source; records that fail go to the on-failure queue of that source',
  jobs: 'Step Functions calls it and waits; failures are retried, caught and shown in the execution',
  ops: 'an operator calls it and reads the answer',
};

/**
 * One file under `functions/` as a Lambda function of its own: ARM, Node 24, its own role with no policy but the statements it is
 * given, its own log group with a retention, traced, and an alarm on errors.
 *
 * `entry` is the path under `functions/` without `.ts`; with a dash for the slash it is the function's name, its alarm and its runbook article.
 */
export class Lambda extends LambdaFunction {
  readonly entry: string;

  constructor(stack: HouseStack, entry: string, props: LambdaProps) {
    const name = entry.replace('/', '-');
    const logGroup = new LogGroup(stack, `${name}-log`, {
      logGroupName: `/tributary/${stack.stage.name}/${entry}`,
      retention: stack.stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(stack, `${name}-role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What functions/${entry}.ts may touch`,
    });
    super(stack, name, {
      functionName: stack.named(name),
      description: `functions/${entry}.ts`,
      code: stack.bundles.code(entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      reservedConcurrentExecutions: props.concurrency,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // START, END and REPORT lines would be the largest part of a click's bill after the request itself.
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: props.untraced === undefined ? Tracing.ACTIVE : Tracing.DISABLED,
      onFailure: props.onFailure && new SqsDestination(props.onFailure),
      environment: Object.assign({ [Env.stage]: stack.stage.name }, ...props.access.map((one) => one.environment)),
    });
    this.entry = entry;
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    for (const statement of props.access.flatMap((one) => one.statements)) role.addToPolicy(statement);
    this.explain(entry, role, props);

    alarm(stack, name, {
      impact: props.impact,
      article: name,
      metric: this.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
      essential: false,
    });
  }

  /** Callers may call this function, not its versions: there are none. */
  override get resourceArnsForGrantInvoke(): string[] {
    return [this.functionArn];
  }

  private explain(entry: string, role: Role, props: LambdaProps): void {
    const folder = entry.split('/')[0] ?? '';
    acknowledge(this, {
      'Serverless-LambdaDLQ': props.onFailure
        ? 'failed asynchronous events go to its on-failure queue, which also gets the error'
        : (WHY_NO_DEAD_LETTERS[folder] ?? ''),
      ...(props.untraced === undefined ? {} : { 'Serverless-LambdaTracing': props.untraced }),
    });
    if (props.untraced === undefined) {
      acknowledge(role, {
        'AwsSolutions-IAM5[Resource::*]':
          'xray:PutTraceSegments and xray:PutTelemetryRecords can be limited to no resource',
      });
    }
    for (const { wildcards } of props.access) if (wildcards) acknowledge(role, wildcards);
  }
}

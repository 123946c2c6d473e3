/**
 * What the rooms of the laptop agree on.
 *
 * The laptop is one front door speaking the AWS protocols (`aws-front.ts`), behind it one module per service,
 * beside it the two things that call functions: HTTP APIs and event sources. Every module is started with the same
 * {@link Ground} and answers with a {@link Running}; nobody reaches into another module's folder.
 */

/** One resource of a synthesized template, its properties with every intrinsic resolved. */
export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  /** CloudFormation type, e.g. `AWS::SQS::Queue`. */
  readonly type: string;
  /** Name the resource has here: the template's own, or `<stack>-<logicalId>`; deterministic, so any order of creation works. */
  readonly physicalName: string;
  readonly arn: string;
  readonly properties: Record<string, unknown>;
}

/** All resources of all stacks of a cloud assembly. */
export interface Assembly {
  readonly resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** By ARN, physical name or logical id; a type tells apart what shares a name. */
  find(nameOrArn: string, type?: string): Resource | undefined;
  /** Stack outputs, resolved: by their name, the last stack's where names meet, and by `<stack>.<name>`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** File or folder that `cdk deploy` would upload under this S3 key: function code, a state machine's definition. */
  asset(s3Key: string): string | undefined;
}

/** What a function call came to. A thrown, timed-out or killed handler is an ordinary outcome here, as it is for Lambda's callers. */
export type Invocation =
  | { readonly ok: true; readonly payload: unknown; readonly durationMs: number }
  | {
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly stack?: readonly string[];
      readonly durationMs: number;
    };

/** Calls a function by name or ARN; waits for a free execution environment when the pool is at its limit. */
export type Invoke = (functionNameOrArn: string, event: unknown) => Promise<Invocation>;

/**
 * Hands a function an event the asynchronous way (`InvocationType: Event`): resolves when the event is on disk, then
 * Lambda's own two retries, on-failure destination and dead-letter queue apply. For bus rules, schedules and S3.
 */
export type InvokeLater = (functionNameOrArn: string, event: unknown) => Promise<void>;

/** One AWS API request as it reached the front door. */
export interface AwsCall {
  /** Signing name: `dynamodb`, `sqs`, `states`, `events`, `scheduler`, `ses`, `s3`, `kms`, `ssm`, `lambda`, `streams.dynamodb` is `dynamodb`. */
  readonly service: string;
  /** Physical name of the role whose function made the call; `operator` for the person at the keyboard. */
  readonly principal: string;
  readonly method: string;
  /** Path and query string, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}
export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** One permission a call needs: `{ action: 'sqs:SendMessage', resource: 'arn:…' }`. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  /** Values of the condition keys this call carries, e.g. `{ 'dynamodb:LeadingKeys': ['brd_1'] }`. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** A service behind the front door. */
export interface AwsService {
  readonly signingName: string;
  /** IAM actions and resource ARNs the call needs; all must be allowed. The first names the call in the meter. */
  needs(call: AwsCall): readonly Need[];
  /** How the meter names the call where its first need does not: a transaction needs `PutItem`, but is one call. */
  metered?(call: AwsCall): { readonly action: string; readonly resource: string };
  /** The protocol's own access-denied document. */
  denied(call: AwsCall, message: string): AwsAnswer;
  /** A rejected promise with code `ECONNRESET` closes the connection without an answer. */
  answer(call: AwsCall): Promise<AwsAnswer>;
}

/** A started module. */
export interface Running {
  /** Resolves when nothing that this module has accepted is still to be done: queues drained, batches delivered, executions ended. */
  idle?(): Promise<void>;
  close(): Promise<void>;
}

/** Keys for an SDK client. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What every module is started with. */
export interface Ground {
  readonly assembly: Assembly;
  /** Folder this module may write in, under `.local/`; kept across restarts. */
  dataDir(module: string): string;
  readonly region: string;
  readonly account: string;
  readonly invoke: Invoke;
  readonly invokeLater: InvokeLater;
  /**
   * The front door's address, for SDK clients inside the laptop: `http://127.0.0.1:<port>`. Calls wait until every service is up.
   * The access key id of a request is its principal: a role's physical name, or anything else for the operator; the secret is not checked.
   */
  readonly awsEndpoint: string;
  /** Keys that make an SDK client act as this role (name or ARN), so that its policies are checked; no argument: the operator. */
  credentials(role?: string): Credentials;
  /** Whether a role's policies allow an action; for modules that act in a role's name without passing the front door. */
  allows(principal: string, action: string, resource: string): boolean;
  log(module: string, line: string): void;
}

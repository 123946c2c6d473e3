import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import type { Ground } from '../contract.ts';
import { FAIL_RESOURCE } from './as-on-aws.ts';

/** An error by the name that Retry and Catch look for. */
export class NamedError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Carries out a task's resource with its evaluated parameters and answers as the integration does on AWS. */
export type RunTask = (resource: string, input: unknown) => Promise<unknown>;

/** What AWS lets a state hand on. */
export const DATA_LIMIT_BYTES = 262_144;

/**
 * The tasks of one state machine, done in the name of its role: functions are called directly once the role may, the other services
 * through the front door with the role's keys.
 */
export function tasksOf(ground: Ground, roleArn: string): RunTask {
  const role = roleArn.split('/').at(-1) ?? '';
  const settings = { region: ground.region, endpoint: ground.awsEndpoint, credentials: ground.credentials(role) };
  let sqs: SQSClient | undefined;
  let events: EventBridgeClient | undefined;
  let states: SFNClient | undefined;

  const invoke = async (functionName: string, payload: unknown): Promise<unknown> => {
    const target = ground.assembly.find(functionName.replace(/:\$LATEST$/, ''));
    if (!target) throw new NamedError('Lambda.ResourceNotFoundException', `Function not found: ${functionName}`);
    if (!ground.allows(role, 'lambda:InvokeFunction', target.arn)) {
      throw new NamedError(
        'Lambda.AWSLambdaException',
        `${role} is not authorized to perform lambda:InvokeFunction on ${target.arn} (AccessDeniedException)`,
      );
    }
    const outcome = await ground.invoke(target.arn, payload);
    if (outcome.ok) return outcome.payload ?? null;
    const { errorType, errorMessage, stack = [] } = outcome;
    throw new NamedError(errorType, JSON.stringify({ errorType, errorMessage, trace: stack }));
  };

  return async (resource, input) => {
    const given = (input ?? {}) as Record<string, unknown>;
    switch (resource) {
      case FAIL_RESOURCE:
        throw new NamedError(String(given.Error ?? ''), String(given.Cause ?? ''));
      case 'arn:aws:states:::lambda:invoke': {
        const payload = await invoke(String(given.FunctionName), given.Payload ?? {});
        return {
          ExecutedVersion: '$LATEST',
          Payload: payload,
          StatusCode: 200,
          SdkHttpMetadata: { HttpStatusCode: 200 },
        };
      }
      case 'arn:aws:states:::sqs:sendMessage': {
        sqs ??= new SQSClient(settings);
        const message = { ...given, MessageBody: asText(given.MessageBody) } as SendMessageCommandInput;
        return plain('SQS', sqs.send(new SendMessageCommand(message)));
      }
      case 'arn:aws:states:::events:putEvents': {
        events ??= new EventBridgeClient(settings);
        const entries = ((given.Entries ?? []) as Record<string, unknown>[]).map((entry) => ({
          ...entry,
          Detail: asText(entry.Detail),
        }));
        const answer = await plain(
          'EventBridge',
          events.send(new PutEventsCommand({ Entries: entries as PutEventsRequestEntry[] })),
        );
        if (Number(answer.FailedEntryCount) > 0)
          throw new NamedError('EventBridge.FailedEntry', JSON.stringify(answer.Entries));
        return answer;
      }
      case 'arn:aws:states:::states:startExecution': {
        states ??= new SFNClient(settings);
        const { StateMachineArn, Name, Input } = given;
        const started = await plain(
          'StepFunctions',
          states.send(
            new StartExecutionCommand({
              stateMachineArn: String(StateMachineArn),
              input: asText(Input ?? {}),
              ...(Name === undefined ? {} : { name: String(Name) }),
            }),
          ),
        );
        return { ExecutionArn: started.executionArn, StartDate: started.startDate };
      }
      default:
        return invoke(resource, input);
    }
  };
}

/** Where AWS takes text, a workflow may give JSON. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A client's answer as plain JSON; its error under the name the integration gives it. */
async function plain(service: string, answer: Promise<object>): Promise<Record<string, unknown>> {
  try {
    const { $metadata: _metadata, ...rest } = (await answer) as Record<string, unknown>;
    return JSON.parse(JSON.stringify(rest)) as Record<string, unknown>;
  } catch (error) {
    const { name, message } = error as Error;
    throw new NamedError(`${service}.${name.endsWith('Exception') ? name : `${name}Exception`}`, message);
  }
}

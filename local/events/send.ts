import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Ground } from '../contract.ts';

export interface Sendable {
  /** Unique; the name of an execution it starts, so that a repeated delivery starts none twice. */
  readonly id: string;
  readonly targetArn: string;
  readonly roleArn?: string;
  readonly messageGroupId?: string;
  /** JSON text. */
  readonly payload: string;
}

/** Thrown when trying again cannot help: no permission, no such target, a payload it does not take. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

export interface MessageAttributes {
  readonly [name: string]: string;
}

export interface Sender {
  /** Hands over to what the ARN names; resolves when that has it on disk. */
  send(delivery: Sendable): Promise<void>;
  /** Puts what could not be delivered into a dead-letter queue. */
  bury(queueArn: string, payload: string, attributes: MessageAttributes): Promise<void>;
  close(): void;
}

const UNIVERSAL = 'arn:aws:scheduler:::aws-sdk:';

/** Whether deliveries to this ARN can be made; a rule or schedule with another target stops the start. */
export function canSendTo(arn: string): boolean {
  if (arn.startsWith(UNIVERSAL))
    return ['sfn:startExecution', 'sqs:sendMessage', 'lambda:invoke'].includes(arn.slice(UNIVERSAL.length));
  return /^arn:aws:(lambda|sqs|states|events):/.test(arn);
}

/**
 * Deliveries of rules and schedules: functions asynchronously as Lambda takes them, everything else through the front door, in the name of
 * the target's role where it has one.
 */
export function sender(ground: Ground): Sender {
  const clients = new Map<string, { sqs: SQSClient; states: SFNClient; events: EventBridgeClient }>();
  const as = (roleArn: string | undefined) => {
    const known = clients.get(roleArn ?? '');
    if (known) return known;
    const settings = {
      region: ground.region,
      endpoint: ground.awsEndpoint,
      credentials: ground.credentials(roleArn),
      maxAttempts: 1,
    };
    const made = {
      sqs: new SQSClient(settings),
      states: new SFNClient(settings),
      events: new EventBridgeClient(settings),
    };
    clients.set(roleArn ?? '', made);
    return made;
  };
  const urlOf = (queueArn: string) => `${ground.awsEndpoint}/${queueArn.split(':').slice(4).join('/')}`;

  const invoke = async (functionArn: string, payload: string, roleArn?: string) => {
    const role = roleArn?.split('/').at(-1);
    if (role && !ground.allows(role, 'lambda:InvokeFunction', functionArn)) {
      throw new Undeliverable(`${role} may not lambda:InvokeFunction on ${functionArn}`);
    }
    if (!ground.assembly.find(functionArn)) throw new Undeliverable(`there is no function ${functionArn}`);
    await ground.invokeLater(functionArn, JSON.parse(payload) as unknown);
  };
  const start = (stateMachineArn: string, input: string, name: string, roleArn?: string) =>
    as(roleArn)
      .states.send(new StartExecutionCommand({ stateMachineArn, input, name }))
      .catch((error: Error) => {
        if (error.name !== 'ExecutionAlreadyExists') throw error;
      });

  const deliver = async ({ id, targetArn, roleArn, messageGroupId, payload }: Sendable): Promise<unknown> => {
    const given = () => JSON.parse(payload) as Record<string, string>;
    switch (targetArn.startsWith(UNIVERSAL) ? targetArn.slice(UNIVERSAL.length) : targetArn.split(':')[2]) {
      case 'lambda':
        return invoke(targetArn, payload, roleArn);
      case 'sqs': {
        const group = messageGroupId ? { MessageGroupId: messageGroupId, MessageDeduplicationId: id } : {};
        return as(roleArn).sqs.send(
          new SendMessageCommand({ QueueUrl: urlOf(targetArn), MessageBody: payload, ...group }),
        );
      }
      case 'states':
        return start(targetArn, payload, id, roleArn);
      case 'events': {
        const { source, 'detail-type': type, detail, time, resources } = JSON.parse(payload);
        const entry = {
          EventBusName: targetArn,
          Source: source,
          DetailType: type,
          Detail: JSON.stringify(detail),
          Time: new Date(time),
          Resources: resources,
        };
        const { Entries } = await as(roleArn).events.send(new PutEventsCommand({ Entries: [entry] }));
        if (Entries?.[0]?.ErrorCode) throw new Undeliverable(`${Entries[0].ErrorCode}: ${Entries[0].ErrorMessage}`);
        return;
      }
      case 'sfn:startExecution': {
        const { StateMachineArn = '', Input = '{}', Name = id } = given();
        return start(StateMachineArn, Input, Name, roleArn);
      }
      case 'sqs:sendMessage':
        return as(roleArn).sqs.send(new SendMessageCommand(given() as never));
      case 'lambda:invoke': {
        const { FunctionName = '', Payload = '{}' } = given();
        return invoke(ground.assembly.find(FunctionName)?.arn ?? FunctionName, Payload, roleArn);
      }
      default:
        throw new Undeliverable(`nothing on the laptop takes deliveries at ${targetArn}`);
    }
  };

  return {
    async send(delivery) {
      try {
        await deliver(delivery);
      } catch (error) {
        const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
        const status = $metadata?.httpStatusCode ?? 0;
        const refused = status >= 400 && status < 500 && !/throttl/i.test(name);
        throw refused ? new Undeliverable(`${name}: ${message}`) : error;
      }
    },
    async bury(queueArn, payload, attributes) {
      const named = Object.entries(attributes).map(([name, value]) => [
        name,
        { DataType: 'String', StringValue: value || '-' },
      ]);
      const message = { QueueUrl: urlOf(queueArn), MessageBody: payload, MessageAttributes: Object.fromEntries(named) };
      await as(undefined).sqs.send(new SendMessageCommand(message));
    },
    close() {
      for (const { sqs, states, events } of clients.values())
        for (const client of [sqs, states, events]) client.destroy();
    },
  };
}

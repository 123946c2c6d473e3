import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Ground } from './contract.ts';

/** Sends a record to a queue, a bus or a function, by its ARN, in the name of a role. */
export type SendTo = (role: string, destinationArn: string, body: unknown) => Promise<void>;

/**
 * Where failures go: as SDK calls through the front door, so that the role's policies are checked, as they are on AWS.
 * A topic is accepted and goes nowhere: nobody subscribes on a laptop.
 */
export function failureDestinations({ assembly, awsEndpoint, region, credentials, invokeLater, log }: Ground): SendTo {
  const client = (role: string) => ({ endpoint: awsEndpoint, region, credentials: credentials(role) });
  return async (role, destinationArn, body) => {
    const [, , service, , account, name = ''] = destinationArn.split(':');
    if (service === 'sqs') {
      const sqs = new SQSClient(client(role));
      const QueueUrl = `${awsEndpoint}/${account}/${name}`;
      await sqs
        .send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }))
        .finally(() => sqs.destroy());
    } else if (service === 'events') {
      const events = new EventBridgeClient(client(role));
      const entry = {
        EventBusName: name.replace('event-bus/', ''),
        Source: 'lambda',
        DetailType: 'Lambda Function Invocation Result - Failure',
        Detail: JSON.stringify(body),
      };
      await events.send(new PutEventsCommand({ Entries: [entry] })).finally(() => events.destroy());
    } else if (service === 'lambda') {
      await invokeLater(destinationArn, body);
    } else if (service === 'sns') {
      log(
        'lambda',
        `${role}: a failure was published to ${assembly.find(destinationArn)?.physicalName ?? destinationArn}`,
      );
    } else {
      throw new Error(`failures cannot go to ${destinationArn} on the laptop`);
    }
  };
}

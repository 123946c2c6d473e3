import { operationOf } from '../aws-json.ts';
import type { AwsAnswer, AwsCall, AwsService, Ground } from '../contract.ts';
import type { QueueStore } from './queue-store.ts';

/** Operations that act on one queue, and the permission each needs; the batch forms need that of the single one. */
const ACTIONS: Readonly<Record<string, string>> = {
  SendMessage: 'sqs:SendMessage',
  SendMessageBatch: 'sqs:SendMessage',
  ReceiveMessage: 'sqs:ReceiveMessage',
  DeleteMessage: 'sqs:DeleteMessage',
  DeleteMessageBatch: 'sqs:DeleteMessage',
  ChangeMessageVisibility: 'sqs:ChangeMessageVisibility',
  ChangeMessageVisibilityBatch: 'sqs:ChangeMessageVisibility',
  GetQueueAttributes: 'sqs:GetQueueAttributes',
  GetQueueUrl: 'sqs:GetQueueUrl',
  ListQueues: 'sqs:ListQueues',
  ListQueueTags: 'sqs:ListQueueTags',
  PurgeQueue: 'sqs:PurgeQueue',
};

const CONTENT_TYPE = 'application/x-amz-json-1.0';

/**
 * SQS behind the front door. Queues come from the template, so making and deleting them is refused; names are answered with URLs on the
 * front door's own address, since an SDK sends to the host of the URL.
 */
export function queueFront(ground: Ground, store: QueueStore): AwsService {
  const urlOf = (name: string) => `${ground.awsEndpoint}/${ground.account}/${name}`;
  const arnOf = (name: string) => `arn:aws:sqs:${ground.region}:${ground.account}:${name}`;

  return {
    signingName: 'sqs',
    needs(call) {
      const action = ACTIONS[operationOf(call)];
      if (!action) return [];
      const name = queueIn(call);
      return [{ action, resource: name ? arnOf(name) : '*' }];
    },
    denied: (_call, message) => fault(403, 'AccessDeniedException', message),
    async answer(call) {
      const operation = operationOf(call);
      if (!ACTIONS[operation]) {
        return fault(
          400,
          'UnsupportedOperation',
          `sqs:${operation} does not run on the laptop: queues come from the template.`,
        );
      }
      if (operation === 'ListQueues') {
        const prefix = String(bodyOf(call).QueueNamePrefix ?? '');
        return reply({ QueueUrls: store.names.filter((name) => name.startsWith(prefix)).map(urlOf) });
      }
      const name = queueIn(call);
      if (!name || !store.names.includes(name))
        return fault(400, 'QueueDoesNotExist', `There is no queue ${name ?? '(none named)'}.`);
      if (operation === 'GetQueueUrl') return reply({ QueueUrl: urlOf(name) });
      // SDKs post to the queue's own path; the engine listens at the root.
      return store.engine.answer({ ...call, path: '/' });
    },
  };
}

function bodyOf(call: AwsCall): Record<string, unknown> {
  try {
    return JSON.parse(call.body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function queueIn(call: AwsCall): string | undefined {
  const { QueueUrl, QueueName } = bodyOf(call);
  return typeof QueueUrl === 'string'
    ? QueueUrl.split('/').at(-1)
    : typeof QueueName === 'string'
      ? QueueName
      : undefined;
}

function reply(value: unknown, status = 200): AwsAnswer {
  return { status, headers: { 'content-type': CONTENT_TYPE }, body: JSON.stringify(value) };
}

/** SQS still carries the code of its older protocol in a header; SDKs read both. */
function fault(status: number, type: string, message: string): AwsAnswer {
  const answer = reply({ __type: `com.amazonaws.sqs#${type}`, message }, status);
  const code = type === 'QueueDoesNotExist' ? 'AWS.SimpleQueueService.NonExistentQueue' : type;
  return { ...answer, headers: { ...answer.headers, 'x-amzn-query-error': `${code};Sender` } };
}

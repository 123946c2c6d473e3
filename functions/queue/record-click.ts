import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { clickItem } from '../../lib/store/click-row.ts';
import { parseClick } from '../../lib/tracking/click.ts';

/**
 * Stores clicks that the click function could not, once the table takes them again. A click always gives the same row, so one that was
 * stored after all, or is delivered twice, is stored once. What is not a click ends in the queue's dead letters.
 */
const DEADLINE_MS = 3_000;

const table = env('clicksTable');
const dynamodb = leanClient('dynamodb');
const processor = new BatchProcessor(EventType.SQS);

async function store({ body }: SQSRecord): Promise<void> {
  await dynamodb('PutItem', { TableName: table, Item: clickItem(parseClick(body)) }, DEADLINE_MS);
}

export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  processPartialResponse(event, store, processor, { throwOnFullBatchFailure: false });

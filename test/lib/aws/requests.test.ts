import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bus } from '../../../lib/aws/bus.ts';
import { queue } from '../../../lib/aws/queue.ts';

/** The limits of AWS's requests, which no engine here holds us to; so the client is a list of what it was asked. */
const MAX_BYTES = 256 * 1024;
const sizes = fc.array(fc.oneof(fc.nat(2_000), fc.integer({ min: 60_000, max: 250_000 })), { maxLength: 40 });

test('events go out in order, at most ten and 256 KB a request, and each has its own outcome', () =>
  fc.assert(
    fc.asyncProperty(sizes, fc.func(fc.constantFrom('ok', 'refused', 'thrown')), async (lengths, moodOf) => {
      const requests: NonNullable<PutEventsCommand['input']['Entries']>[] = [];
      const expected: unknown[] = [];
      const client = {
        async send({ input: { Entries = [] } }: PutEventsCommand) {
          requests.push(Entries);
          const mood = moodOf(requests.length);
          expected.push(...Entries.map(() => (mood === 'ok' ? 'published' : { failed: mood })));
          if (mood === 'thrown') throw Object.assign(new Error('no answer'), { name: 'thrown' });
          return { Entries: Entries.map(() => (mood === 'ok' ? { EventId: 'x' } : { ErrorCode: 'refused' })) };
        },
      } as unknown as EventBridgeClient;
      const events = lengths.map((length, n) => ({
        id: `evt_${n}`,
        type: 'commission.posted',
        brandId: 'brd_000001',
        at: '2026-03-29T10:00:00.000Z',
        data: 'ü'.repeat(length / 2),
      }));
      expect(await bus(client, 'events').publish(events)).toEqual(expected);
      expect(requests.flat().map(({ Detail }) => JSON.parse(Detail!).id)).toEqual(events.map(({ id }) => id));
      for (const entries of requests) {
        expect(entries.length).toBeLessThanOrEqual(10);
        expect(entries.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail!), 0)).toBeLessThanOrEqual(MAX_BYTES);
      }
    }),
    { numRuns: 30 },
  ));

test('messages go out in order, at most ten and 256 KB a request; one that is not taken fails the call', () =>
  fc.assert(
    fc.asyncProperty(sizes, fc.option(fc.nat(5)), async (lengths, refusedAt) => {
      const requests: string[][] = [];
      const client = {
        async send({ input: { Entries = [] } }: SendMessageBatchCommand) {
          requests.push(Entries.map(({ MessageBody }) => MessageBody!));
          const Failed = requests.length - 1 === refusedAt ? [{ Id: '0', Code: 'InternalError' }] : [];
          return { Failed };
        },
      } as unknown as SQSClient;
      const bodies = lengths.map((length, n) => ({ n, text: 'ü'.repeat(length / 2) }));
      const outcome = await queue(client, 'https://queue')
        .sendAll(bodies)
        .then(
          () => 'sent',
          (error: Error) => error.message,
        );
      if (refusedAt !== null && requests.length > refusedAt) {
        expect(outcome).toMatch(/messages were not taken: InternalError/);
        expect(requests).toHaveLength(refusedAt + 1);
      } else {
        expect(outcome).toBe('sent');
        expect(requests.flat().map((body) => JSON.parse(body).n)).toEqual(bodies.map(({ n }) => n));
      }
      for (const request of requests) {
        expect(request.length).toBeLessThanOrEqual(10);
        expect(request.reduce((sum, body) => sum + Buffer.byteLength(body), 0)).toBeLessThanOrEqual(MAX_BYTES);
      }
    }),
    { numRuns: 30 },
  ));

import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type DomainEvent, EVENT_SOURCE } from '../../events/catalog/envelope.ts';

/** Limits of one PutEvents request. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;
/** A single event past this is refused by the bus; it leaves room for the entry's other fields. */
export const MAX_EVENT_BYTES = MAX_BYTES - 1024;

/** What became of one event. `failed` is the bus's error code: worth another try. */
export type Published = 'published' | { readonly failed: string };

/** The event bus. Events keep their order within a request only; consumers rely on ids, not on order. */
export const bus = (client: EventBridgeClient, name: string) => ({
  /** Publishes events in as few requests as the limits allow; answers one outcome per event, in their order. */
  async publish(events: readonly DomainEvent[]): Promise<Published[]> {
    const outcomes: Published[] = [];
    for (const entries of requests(events.map((event) => entryOf(event, name)))) {
      outcomes.push(...(await put(client, entries)));
    }
    return outcomes;
  },
});

function entryOf(event: DomainEvent, bus: string): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: EVENT_SOURCE,
    DetailType: event.type,
    Time: new Date(event.at),
    Detail: JSON.stringify(event),
  };
}

/** A request that throws fails all its events alike, so that the ones of other requests are still reported as published. */
async function put(client: EventBridgeClient, entries: readonly PutEventsRequestEntry[]): Promise<Published[]> {
  try {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [...entries] }));
    return entries.map((_, place) => {
      const entry = Entries[place];
      return entry?.EventId === undefined ? { failed: entry?.ErrorCode ?? 'NoAnswer' } : 'published';
    });
  } catch (error) {
    return entries.map(() => ({ failed: (error as Error).name }));
  }
}

/** Bytes that an entry counts for: detail, type, source, and 14 for the time. */
const sizeOf = ({ Detail = '', DetailType = '', Source = '' }: PutEventsRequestEntry) =>
  Buffer.byteLength(Detail) + DetailType.length + Source.length + 14;

function requests(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const groups: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    const open = groups.at(-1);
    if (open && open.length < MAX_ENTRIES && bytes + size <= MAX_BYTES) {
      open.push(entry);
      bytes += size;
    } else {
      groups.push([entry]);
      bytes = size;
    }
  }
  return groups;
}

import type { Consumed } from '../meter.ts';
import { itemSize, writeUnits } from './item-size.ts';
import { type TableRequest, transactItems } from './request.ts';

type Row = Readonly<Record<string, unknown>>;
type Item = Record<string, Record<string, unknown>>;

const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems'];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];
const ONE_ITEM_WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];

export const isWrite = ({ action }: TableRequest): boolean => WRITES.includes(action);
export const isMetered = ({ action }: TableRequest): boolean => READS.includes(action) || WRITES.includes(action);

/** The request with everything asked for that the meter needs: units by index, and the row on which a condition failed. */
export function meteredInput({ action, input }: TableRequest): Row {
  return {
    ...input,
    ReturnConsumedCapacity: 'INDEXES',
    ...(ONE_ITEM_WRITES.includes(action) && (input.ConditionExpression || input.Expected)
      ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }
      : {}),
  };
}

/** The answer with everything taken out again that the caller did not ask for. */
export function askedFor({ input }: TableRequest, answer: Record<string, unknown>): Record<string, unknown> {
  const asked = input.ReturnConsumedCapacity;
  if (asked !== 'INDEXES' && answer.ConsumedCapacity !== undefined) {
    if (asked === 'TOTAL') answer.ConsumedCapacity = eachCapacity(answer.ConsumedCapacity, totalOnly);
    else delete answer.ConsumedCapacity;
  }
  if (isConditionFailure(answer) && input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') delete answer.Item;
  return answer;
}

/** What one answered call cost, by table. */
export function consumed(request: TableRequest, answer: Row): Consumed[] {
  const capacity = [answer.ConsumedCapacity ?? []].flat() as Row[];
  if (capacity.length > 0) return capacity.map((one) => fromCapacity(request, one));
  if (isConditionFailure(answer)) return failedCondition(request, answer);
  if (typeOf(answer) === 'TransactionCanceledException') return cancelledTransaction(request);
  return [];
}

const typeOf = ({ __type }: Row) =>
  String(__type ?? '')
    .split('#')
    .at(-1);
const isConditionFailure = (answer: Row) => typeOf(answer) === 'ConditionalCheckFailedException';
const amount = (value: unknown) => Number((value as Row | undefined)?.CapacityUnits ?? 0);

function fromCapacity({ action }: TableRequest, capacity: Row): Consumed {
  const units = amount(capacity);
  const reads = READS.includes(action);
  const indexes = { ...(capacity.GlobalSecondaryIndexes as Row), ...(capacity.LocalSecondaryIndexes as Row) };
  return {
    table: String(capacity.TableName),
    writeUnits: reads ? 0 : units,
    readUnits: reads ? units : 0,
    indexUnits: Object.fromEntries(Object.entries(indexes).map(([name, value]) => [name, amount(value)])),
  };
}

/** A write whose condition fails costs what the row that is there would, or one unit where there is none; no index is touched. */
function failedCondition({ tables }: TableRequest, { Item }: Row): Consumed[] {
  const units = Item ? writeUnits(itemSize(Item as Item)) : 1;
  return tables.map((table) => ({ table, writeUnits: units, readUnits: 0, indexUnits: {} }));
}

/**
 * A cancelled transaction costs two units for each started KB of each entry, like a successful one without its indexes. AWS does not
 * say so in the answer; where an entry names no item, one KB is assumed.
 */
function cancelledTransaction(request: TableRequest): Consumed[] {
  return transactItems(request.input).map(({ on }) => ({
    table: String(on.TableName),
    writeUnits: request.action === 'TransactWriteItems' ? 2 * (on.Item ? writeUnits(itemSize(on.Item as Item)) : 1) : 0,
    readUnits: request.action === 'TransactGetItems' ? 2 : 0,
    indexUnits: {},
  }));
}

const eachCapacity = (capacity: unknown, change: (one: Row) => Row): unknown =>
  Array.isArray(capacity) ? capacity.map(change) : change(capacity as Row);

const totalOnly = ({ TableName, CapacityUnits, ReadCapacityUnits, WriteCapacityUnits }: Row): Row => ({
  TableName,
  CapacityUnits,
  ...(ReadCapacityUnits !== undefined && { ReadCapacityUnits }),
  ...(WriteCapacityUnits !== undefined && { WriteCapacityUnits }),
});

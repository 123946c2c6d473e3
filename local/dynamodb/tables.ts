import type { Assembly, Resource } from '../contract.ts';
import { refuseUnserved } from '../unserved.ts';

type Row = Readonly<Record<string, unknown>>;

/** A table of the templates, as the engine must have it. */
export interface TableHere {
  readonly name: string;
  readonly arn: string;
  /** The stream's ARN as the templates know it; `undefined` without a stream. */
  readonly streamArn: string | undefined;
  readonly partitionKey: string;
  /** Index name → its partition key. */
  readonly indexPartitionKeys: Readonly<Record<string, string>>;
  /** The key of one's own that encrypts it, which readers need too. */
  readonly keyArn: string | undefined;
  /** Attribute that holds the moment of expiry, in epoch seconds. */
  readonly expiryAttribute: string | undefined;
  /** Input of `CreateTable`. */
  readonly definition: Row;
}

/** The tables of all stacks, in template order. */
export function tablesOf(assembly: Assembly): TableHere[] {
  return ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].flatMap((type) =>
    assembly.ofType(type).map((table) => tableHere(table, assembly)),
  );
}

function tableHere(resource: Resource, assembly: Assembly): TableHere {
  const { physicalName: name, arn, properties, type } = resource;
  refuseUnserved(resource, ['KinesisStreamSpecification', 'ImportSourceSpecification', 'ResourcePolicy']);
  const indexes = (properties.GlobalSecondaryIndexes ?? []) as Row[];
  const streamView = (properties.StreamSpecification as Row | undefined)?.StreamViewType;
  const expiry = properties.TimeToLiveSpecification as Row | undefined;
  return {
    name,
    arn,
    streamArn: streamView ? `${arn}/stream/2026-01-01T00:00:00.000` : undefined,
    partitionKey: hashKey(properties),
    indexPartitionKeys: Object.fromEntries(
      [...indexes, ...((properties.LocalSecondaryIndexes ?? []) as Row[])].map((index) => [
        index.IndexName,
        hashKey(index),
      ]),
    ),
    keyArn: keyArn(type.endsWith('GlobalTable') ? replicaOf(properties) : properties, assembly),
    expiryAttribute: expiry?.Enabled === true ? String(expiry.AttributeName) : undefined,
    definition: {
      TableName: name,
      // Capacity is never short on a laptop; throttling is a fault that tests set.
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: properties.KeySchema,
      AttributeDefinitions: properties.AttributeDefinitions,
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(indexDefinition) }),
      ...(properties.LocalSecondaryIndexes ? { LocalSecondaryIndexes: properties.LocalSecondaryIndexes } : {}),
      ...(streamView ? { StreamSpecification: { StreamEnabled: true, StreamViewType: streamView } } : {}),
    },
  };
}

/** Without throughput: what is left is the same for a table and a global table. */
export const indexDefinition = ({ IndexName, KeySchema, Projection }: Row): Row => ({
  IndexName,
  KeySchema,
  Projection,
});

function hashKey(holder: Row): string {
  const keys = (holder.KeySchema ?? []) as { AttributeName: string; KeyType: string }[];
  return keys.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
}

const replicaOf = (properties: Row): Row => ((properties.Replicas ?? []) as Row[])[0] ?? {};

function keyArn(holder: Row, assembly: Assembly): string | undefined {
  const key = (holder.SSESpecification as Row | undefined)?.KMSMasterKeyId;
  return typeof key === 'string' ? (assembly.find(key)?.arn ?? key) : undefined;
}

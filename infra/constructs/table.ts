import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, type StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { type Access, access, told } from './access.ts';
import type { HouseStack } from './house-stack.ts';

type Read = 'GetItem' | 'BatchGetItem' | 'Query';
/** An append-only table offers no action that could change or remove what was written. */
export type AppendAction = Read | 'PutItem' | 'ConditionCheckItem';
export type TableAction = AppendAction | 'UpdateItem' | 'DeleteItem';

/** What reading takes. */
export const READ = ['GetItem', 'BatchGetItem', 'Query'] as const;
/** What writing takes, alone or in transactions; nothing is deleted. */
export const WRITE = ['PutItem', 'UpdateItem', 'ConditionCheckItem'] as const;

export interface IndexProps {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly projection: 'all' | 'keys';
}

export interface DataTableProps {
  /** Variable in which functions find the table's name. */
  readonly variable: string;
  readonly indexes?: readonly IndexProps[];
  readonly stream?: StreamViewType;
  /** Rows carry `expiresAt`, epoch seconds, and are removed some time after it. */
  readonly expires?: boolean;
}

const key = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * An on-demand table with keys `pk` and `sk`, recoverable to any second of the last 35 days, kept when the stage keeps its data.
 * Encrypted with the key DynamoDB owns, which costs nothing; what needs more is encrypted before it is written.
 */
export class DataTable<Action extends TableAction = TableAction> extends Construct {
  readonly table: Table;
  private readonly variable: string;
  private readonly indexes: readonly IndexProps[];

  constructor(stack: HouseStack, name: string, props: DataTableProps) {
    super(stack, name);
    const { keepsData } = stack.stage;
    this.variable = props.variable;
    this.indexes = props.indexes ?? [];
    this.table = new Table(this, 'table', {
      partitionKey: key('pk'),
      sortKey: key('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: props.stream,
      timeToLiveAttribute: props.expires ? 'expiresAt' : undefined,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keepsData,
      removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const index of this.indexes) {
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: key(index.partitionKey),
        sortKey: key(index.sortKey),
        projectionType: index.projection === 'all' ? ProjectionType.ALL : ProjectionType.KEYS_ONLY,
      });
    }
  }

  /** The table's name alone, for a function that reads its stream. */
  named(): Access {
    return told({ [this.variable]: this.table.tableName });
  }

  /** These actions on the table, and `Query` on its indexes too. Transactions need the actions of their parts. */
  may(...actions: readonly Action[]): Access {
    const table = access(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      { [this.variable]: this.table.tableName },
    );
    if (this.indexes.length === 0 || !actions.includes('Query' as Action)) return table;
    const indexes = access(
      ['dynamodb:Query'],
      this.indexes.map((index) => `${this.table.tableArn}/index/${index.name}`),
    );
    return { ...table, statements: [...table.statements, ...indexes.statements] };
  }
}

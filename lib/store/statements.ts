import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { ACCOUNTS, isRare, type Account as LedgerAccount, type RareAccount } from '../ledger/journal.ts';
import type { StatementRecord } from '../payouts/statement-record.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { asPut, writeTogether } from './transaction.ts';

/**
 * | access pattern                       | index | key                                                     |
 * | ------------------------------------ | ----- | ------------------------------------------------------- |
 * | a partner's statements, newest first | table | `<brand>#<program>#STATEMENTS#<partner>` / number       |
 * | one statement                        | table | same, `NUMBER#` and six digits                          |
 *
 * A put on a number that is free is what issues a statement; the row is also the outbox record of `statement.issued`.
 */
const balances = {
  type: 'map',
  required: true,
  // Most statements have no balance of a rare account, and those issued before there was one never have.
  properties: Object.fromEntries(
    ACCOUNTS.map((account) => [account, { type: 'number', required: !isRare(account) }]),
  ) as unknown as Record<Exclude<LedgerAccount, RareAccount>, { type: 'number'; required: true }> & {
    [Rare in RareAccount]: { type: 'number' };
  },
} as const;
const text = { type: 'string', required: true } as const;
const number = { type: 'number', required: true } as const;

const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'statement', version: '1', service: 'tributary' },
      attributes: {
        brandId: text,
        programId: text,
        partnerId: text,
        currency: text,
        number: { ...number, padding: { length: 6, char: '0' } },
        statementId: text,
        cause: text,
        partnerName: text,
        programName: text,
        timeZone: text,
        since: { type: 'string' },
        issuedAt: text,
        firstJournal: number,
        lastJournal: number,
        opening: balances,
        closing: balances,
        earnedCents: number,
        paidCents: number,
        withheldCents: { type: 'number' },
        exchangedCents: { type: 'number' },
        closingCents: number,
        notPaid: { type: CustomAttributeType<readonly string[]>('any') },
        documents: {
          type: 'map',
          required: true,
          properties: { html: text, csv: text, json: text, pdf: { type: 'string' } },
        },
        recordedAt: text,
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId', 'partnerId'], '{brandId}#{programId}#STATEMENTS#{partnerId}'),
          // A key of a number alone would be stored as a number.
          sk: key('sk', ['number'], 'NUMBER#{number}'),
        },
      },
    } as const,
    { client, table },
  );

/** Whose statements: one partner in one program of a brand. */
export interface Account {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
}

export const statements = (client: DynamoDBDocumentClient, table: string) => {
  const rows = entity(client, table);
  return {
    /** Issues a statement under its number; `taken` when that number exists, whoever issued it. */
    async issue(record: StatementRecord): Promise<'issued' | 'taken'> {
      const { written } = await writeTogether(client, [asPut(rows.create(record).params())]);
      return written ? 'issued' : 'taken';
    },

    async get(account: Account, number: number): Promise<StatementRecord | undefined> {
      const { data } = await rows.get({ ...account, number }).go();
      return data ?? undefined;
    },

    /** The newest statements, newest first; read consistently, because the next one continues the first of them. */
    async newest(account: Account, limit: number): Promise<StatementRecord[]> {
      const { data } = await rows.query.one(account).go({ order: 'desc', limit, consistent: true });
      return data;
    },

    /** A partner's statements, in the order of the request (oldest first unless asked otherwise). */
    list({ brandId, programId, partnerId }: Account, request: PageRequest = {}): Promise<Page<StatementRecord>> {
      const keyAt = (position: string) => ({
        pk: `${brandId}#${programId}#STATEMENTS#${partnerId}`,
        sk: `NUMBER#${position.padStart(6, '0')}`,
      });
      return readPage<StatementRecord>(rows.query.one({ brandId, programId, partnerId }), request, keyAt, (row) =>
        String(row.number),
      );
    },
  };
};

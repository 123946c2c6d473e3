import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { Index } from '../names.ts';
import { type Code, type CodePeriod, foldCode } from '../tracking/code.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, carriedOut, writeTogether } from './transaction.ts';

/**
 * | access pattern                        | index   | key                                                          |
 * | ------------------------------------- | ------- | ------------------------------------------------------------ |
 * | a code; several (settlement)          | table   | `<brand>#<program>#CODES` / code in capitals                 |
 * | a program's codes                     | table   | `<brand>#<program>#CODES`                                    |
 * | the codes a partner has, or had last  | partner | `<brand>#PARTNER#<partner>` / `CODE#<program>#<code>`        |
 *
 * The key holds the code in capitals, so that two spellings of it are one row and the second partner to claim it fails its condition.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'code', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        folded: { type: 'string', required: true },
        code: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        periods: { type: CustomAttributeType<readonly CodePeriod[]>('any'), required: true },
        createdAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId'], '{brandId}#{programId}#CODES'),
          sk: key('sk', ['folded'], '{folded}'),
        },
        ofPartner: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'partnerId'], '{brandId}#PARTNER#{partnerId}'),
          sk: key('gsi1sk', ['programId', 'folded'], 'CODE#{programId}#{folded}'),
        },
      },
    } as const,
    { client, table },
  );

export type StoredCode = Revised<Code>;

export function codes(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const get = async (brandId: string, programId: string, code: string): Promise<StoredCode | undefined> => {
    const { data } = await rows.get({ brandId, programId, folded: foldCode(code) }).go({ consistent: true });
    return data ? withoutFolded(data) : undefined;
  };

  return {
    /** Registers a code, unless the program has it in any spelling. */
    async create(code: Code, entry: AuditEntry): Promise<'created' | 'code-taken'> {
      const put = asPut(rows.create({ ...code, folded: foldCode(code.code), revision: 1 }).params());
      return carriedOut(await writeTogether(client, [put, audit.write(entry)]), 1) ? 'created' : 'code-taken';
    },

    get,

    /** Those of these codes that the program has, by the folded code. */
    async many(brandId: string, programId: string, folded: readonly string[]): Promise<Map<string, StoredCode>> {
      const wanted = [...new Set(folded)].map((one) => ({ brandId, programId, folded: one }));
      const found = await readMany(wanted, (keys) => rows.get(keys).go({ consistent: true }));
      return new Map(found.map((row) => [row.folded, withoutFolded(row)]));
    },

    /** A program's codes, in the order of the alphabet. */
    async ofProgram(brandId: string, programId: string, request: PageRequest = {}): Promise<Page<StoredCode>> {
      const keyAt = (folded: string) => ({ pk: `${brandId}#${programId}#CODES`, sk: folded });
      const query = rows.query.one({ brandId, programId });
      return readPage<StoredCode>(query, request, keyAt, ({ code }) => foldCode(code));
    },

    /** The codes that are a partner's, or were last, of all programs or of one. */
    async ofPartner(
      brandId: string,
      partnerId: string,
      { programId, ...request }: PageRequest & { readonly programId?: string | undefined } = {},
    ): Promise<Page<StoredCode>> {
      const query = rows.query
        .ofPartner({ brandId, partnerId })
        .begins(programId === undefined ? { programId: '' } : { programId });
      const keyAt = (position: string) => {
        const cut = position.indexOf('#');
        return {
          pk: `${brandId}#${position.slice(0, cut)}#CODES`,
          sk: position.slice(cut + 1),
          gsi1pk: `${brandId}#PARTNER#${partnerId}`,
          gsi1sk: `CODE#${position}`,
        };
      };
      return readPage<StoredCode>(query, request, keyAt, (code) => `${code.programId}#${foldCode(code.code)}`);
    },

    /** Changes a code by `to`, together with the audit entry. */
    update: (
      { brandId, programId, code }: Pick<Code, 'brandId' | 'programId' | 'code'>,
      to: (code: StoredCode) => Code,
      entry: (before: Partial<Code>, after: Partial<Code>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Code>> =>
      revise<Code>(client, {
        read: () => get(brandId, programId, code),
        to,
        writes: (before, after) => [replaces(rows.put({ ...after, folded: foldCode(after.code) }).params(), before)],
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
export type CodeStore = ReturnType<typeof codes>;

const withoutFolded = ({ folded: _, ...code }: StoredCode & { readonly folded: string }): StoredCode => code;

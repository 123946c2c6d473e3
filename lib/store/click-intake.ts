import { clickKeyRing } from '../aws/click-keys.ts';
import { env } from '../aws/env.ts';
import { leanClient } from '../aws/lean-client.ts';
import { parameters } from '../aws/parameters.ts';
import { incident } from '../observability/incident.ts';
import type { Click } from '../tracking/click.ts';
import type { ClickKeys } from '../tracking/click-id.ts';
import type { LinkTarget } from '../tracking/link.ts';
import { lookupCache } from '../tracking/lookup-cache.ts';
import { type ProgramRules, UNKNOWN_PROGRAM } from '../tracking/program-rules.ts';
import type { LinkName } from '../tracking/slug.ts';
import { clickItem } from './click-row.ts';
import { lookUpLink } from './link-lookup.ts';
import { lookUpProgram } from './program-lookup.ts';

/** A table that takes longer than this is not waited for; the click goes through the queue. */
const TABLE_DEADLINE_MS = 300;
const QUEUE_DEADLINE_MS = 500;
/** A cold link has nobody to fall back on, so reading it may take longer and is tried twice. */
const LINK_DEADLINE_MS = 700;
/** A program has its defaults to fall back on. */
const PROGRAM_DEADLINE_MS = 500;

const FRESH = { freshMs: 60_000, jitterMs: 15_000 } as const;

/** A link with its program's rules. */
export interface Found {
  readonly link: LinkTarget;
  readonly rules: ProgramRules;
}

/** Clock and entropy, which only functions read. */
export interface World {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** What the functions that take clicks share: links, rules and keys from short-lived caches, and the one write. */
export function clickIntake({ nowMs, randomBytes }: World) {
  const randomShare = () => randomBytes(1)[0]! / 256;
  const clicksTable = env('clicksTable');
  const coreTable = env('coreTable');
  const lateClicksQueue = env('lateClicksQueue');
  const dynamodb = leanClient('dynamodb');
  const sqs = leanClient('sqs');
  const keyRing = clickKeyRing(parameters(leanClient('ssm')), env('clickKeysParameter'));
  const links = lookupCache<LinkTarget>({ ...FRESH, maxEntries: 5_000 });
  const programs = lookupCache<ProgramRules>({ ...FRESH, maxEntries: 1_000 });

  async function rulesOf({ brandId, programId }: LinkTarget): Promise<ProgramRules> {
    const read = () => lookUpProgram(dynamodb, coreTable, brandId, programId, PROGRAM_DEADLINE_MS);
    try {
      return (await programs.get(programId, nowMs(), read, randomShare)) ?? UNKNOWN_PROGRAM;
    } catch (error) {
      const what = 'a program’s settings could not be read; its clicks were taken without them';
      incident('ProgramRulesUnreadable', nowMs(), what, error, { programId });
      return UNKNOWN_PROGRAM;
    }
  }

  return {
    /** The link of a name with its program's rules. */
    async find(name: LinkName): Promise<Found | undefined | 'unreadable'> {
      const read = () => lookUpLink(dynamodb, coreTable, name, LINK_DEADLINE_MS);
      const key = name.kind === 'code' ? name.code : `${name.brandId}#${name.slug}`;
      let link: LinkTarget | undefined;
      try {
        link = await links.get(key, nowMs(), () => read().catch(read), randomShare);
      } catch (error) {
        const what = 'a link could not be read; its visitor was asked to try again';
        incident('LinksUnreadable', nowMs(), what, error, { link: key });
        return 'unreadable';
      }
      return link && { link, rules: await rulesOf(link) };
    },

    /** The keys that sign click ids; nothing while they cannot be read. */
    signingKeys: (): Promise<ClickKeys | undefined> =>
      keyRing.keysUnlessFailing((error) => {
        const what = 'the click keys cannot be read; clicks carry no id meanwhile';
        incident('ClickKeysUnreadable', nowMs(), what, error);
      }),

    /** Stores the click, in the table or by way of the queue. Both can be away: then the log line has the row, and the click id tells the rest. */
    async record(click: Click): Promise<void> {
      try {
        await dynamodb('PutItem', { TableName: clicksTable, Item: clickItem(click) }, TABLE_DEADLINE_MS);
      } catch (tableError) {
        try {
          const message = { QueueUrl: lateClicksQueue, MessageBody: JSON.stringify(click) };
          await sqs('SendMessage', message, QUEUE_DEADLINE_MS);
          incident('ClicksLate', nowMs(), 'a click went through the queue', tableError, { link: click.link });
        } catch (queueError) {
          incident('ClicksNotStored', nowMs(), 'a click could be stored nowhere', queueError, { click });
        }
      }
    },
  };
}

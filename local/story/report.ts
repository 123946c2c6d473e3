import { format } from '../../lib/money.ts';
import { PARTNER_TYPES } from '../../lib/partners/partner.ts';
import type { Laptop } from '../boot.ts';
import { everyPage } from './brand-api.ts';
import type { Telling } from './tell.ts';
import { type Column, textTable } from './text-table.ts';

interface Day {
  readonly partnerId: string;
  readonly clicks: number;
  readonly conversions: number;
  readonly returns: number;
  readonly commissionCents: number;
}
interface Item {
  readonly partnerId: string;
  readonly amountCents: number;
  readonly status: string;
}
interface Statement {
  readonly number: number;
  readonly partnerName: string;
  readonly programName: string;
  readonly currency: string;
  readonly period: { readonly label: string };
  readonly openingCents: number;
  readonly closingCents: number;
  readonly sections: readonly {
    readonly title: string;
    readonly totalCents: number;
    readonly lines: readonly {
      readonly day: string;
      readonly title: string;
      readonly cents: number;
      readonly explanation: string;
    }[];
  }[];
}

const right = (title: string): Column => ({ title, align: 'right' });
const plain = (cents: number, currency: string) => format(cents, currency).split(' ')[0]!;

/** Clicks, orders, commission and payments of every partner type, amounts in each program's currency. */
async function typeTable({ story, cast, people, runs }: Telling): Promise<string> {
  const typeOf = new Map(story.partners.map(({ key, type }) => [cast.partners.get(key)!, type]));
  const programs = [...cast.programs.values()];
  const rows = new Map(
    PARTNER_TYPES.map((type) => [
      type as string,
      {
        partners: 0,
        clicks: 0,
        conversions: 0,
        returns: 0,
        earned: new Map<string, number>(),
        paid: new Map<string, number>(),
      },
    ]),
  );
  for (const { type } of story.partners) rows.get(type)!.partners += 1;
  rows.set('nobody', { partners: 0, clicks: 0, conversions: 0, returns: 0, earned: new Map(), paid: new Map() });
  const add = (sums: Map<string, number>, currency: string, cents: number) =>
    sums.set(currency, (sums.get(currency) ?? 0) + cents);
  for (const { programId, currency } of programs) {
    const days = await everyPage<Day>(
      people.owner,
      `/v1/programs/${programId}/days?from=${story.firstDay}&to=${story.season.to}`,
    );
    for (const day of days) {
      const row = rows.get(typeOf.get(day.partnerId) ?? 'nobody')!;
      row.clicks += day.clicks;
      row.conversions += day.conversions;
      row.returns += day.returns;
    }
    // Commission counts on the day it is posted, which for the last month is the day after it.
    for (const day of await everyPage<Day>(
      people.owner,
      `/v1/programs/${programId}/days?from=${story.firstDay}&to=${story.monthEnds[1].slice(0, 10)}`,
    )) {
      add(rows.get(typeOf.get(day.partnerId) ?? 'nobody')!.earned, currency, day.commissionCents);
    }
  }
  for (const { runId, currency } of runs) {
    for (const { partnerId, amountCents, status } of await everyPage<Item>(
      people.finance,
      `/v1/payouts/${runId}/items`,
    )) {
      if (status === 'settled') add(rows.get(typeOf.get(partnerId)!)!.paid, currency, amountCents);
    }
  }
  const columns: Column[] = [
    { title: 'partner type' },
    right('partners'),
    right('clicks'),
    right('orders'),
    right('returns'),
    ...programs.flatMap(({ currency }) => [right(`earned ${currency}`), right(`paid ${currency}`)]),
  ];
  return textTable(
    columns,
    [...rows].map(([type, row]) => [
      type,
      row.partners === 0 ? '' : String(row.partners),
      String(row.clicks),
      String(row.conversions),
      String(row.returns),
      ...programs.flatMap(({ currency }) => [
        plain(row.earned.get(currency) ?? 0, currency),
        plain(row.paid.get(currency) ?? 0, currency),
      ]),
    ]),
  );
}

const runTable = ({ runs, cast }: Telling) =>
  textTable(
    [
      { title: 'program' },
      { title: 'payout run' },
      { title: 'status' },
      right('partners paid'),
      right('not payable'),
      right('total'),
    ],
    runs.map((run) => [
      cast.programs.get(run.program)!.name,
      run.runId,
      run.status,
      String(run.itemCount),
      String(run.excluded),
      format(run.totalCents, run.currency),
    ]),
  );

/** Sentences in lines of at most a hundred characters, indented. */
const wrapped = (text: string) => text.match(/\S.{0,96}\S(?=\s|$)|\S/g)?.map((line) => `    ${line}`) ?? [];

/** A statement as a terminal can show it; the first lines of each section with their explanation. */
function statementText(statement: Statement): string {
  const money = (cents: number) => format(cents, statement.currency).padStart(16);
  const lines = statement.sections.flatMap(({ title, totalCents, lines: entries }) => [
    '',
    `  ${title.padEnd(52)}${money(totalCents)}`,
    ...entries.map(({ day, title: what, cents }) => `    ${day}  ${what.padEnd(38)}${money(cents)}`),
  ]);
  const explained = statement.sections
    .flatMap((section) => section.lines)
    .find(({ explanation }) => explanation.length > 0);
  return [
    `Statement ${statement.number} of ${statement.partnerName}, ${statement.programName}, ${statement.period.label}`,
    `  ${'Opening balance'.padEnd(52)}${money(statement.openingCents)}`,
    ...lines,
    '',
    `  ${'Closing balance'.padEnd(52)}${money(statement.closingCents)}`,
    ...(explained ? ['', `  Why ${explained.title} has its amount:`, ...wrapped(explained.explanation)] : []),
  ].join('\n');
}

/** What the story came to: a table by partner type, the payout runs, one partner's whole statement, and where to read on. */
export async function report(telling: Telling, laptop: Laptop, staysUp: boolean): Promise<string> {
  const { cast, people, story } = telling;
  const { programId } = cast.programs.get('alder')!;
  const enrolment = story.enrolments.find(({ program, type }) => program === 'alder' && type === 'creator')!;
  const partnerId = cast.partners.get(enrolment.partner)!;
  const base = `/v1/programs/${programId}/partners/${partnerId}/statements`;
  const issued = await everyPage<{ number: number }>(people.owner, base);
  const statement = await people.owner.call<Statement>('GET', `${base}/${issued[0]!.number}`);
  const bucket = laptop.assembly.ofType('AWS::S3::Bucket').find(({ logicalId }) => /documents(?!log)/i.test(logicalId));
  const { brandId } = (await people.owner.call<{ brandId: string }>('GET', `${base}/${issued[0]!.number}`)) as {
    brandId: string;
  };
  const file = (format: string) =>
    `${laptop.pageUrl}/files/${bucket?.physicalName}/statements/${brandId}/${programId}/${partnerId}/${statement.number}.${format}`;
  return [
    '',
    await typeTable(telling),
    '',
    runTable(telling),
    '',
    statementText(statement),
    ...(staysUp
      ? [
          '',
          `Statement as a page   ${file('html')}`,
          `Statement as CSV      ${file('csv')}`,
          `Mailbox               ${laptop.pageUrl}/mail`,
        ]
      : []),
  ].join('\n');
}

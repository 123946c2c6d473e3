import type { Because } from '../attribution/because.ts';
import type { Credit, Journey } from '../attribution/journey.ts';
import { epochMs, type Instant, instant, utcDay } from '../time.ts';
import type { ClickIdRefusal, Uncredited } from '../tracking/click-id.ts';
import type { Conversion, LineItem, Posted } from '../tracking/conversion.ts';
import type { Findings } from '../tracking/flags.ts';
import { CONVERSION, conversionPk, dayPartition, daySkOf, keyOfPk, openKeyOf, readDaySk } from './conversion-keys.ts';
import { packJourney, unpackJourney } from './journey-cells.ts';
import type { Write } from './transaction.ts';

/**
 * A conversion as it lies in the table. Names are short because every write costs a unit per kilobyte begun, and a usual order of three
 * lines should cost one, before it is settled and after.
 */
type Item = readonly [
  sku: string,
  category: string | null,
  quantity: number,
  unitPriceCents: number,
  discountCents: number,
];
type CreditCells = readonly [
  partnerId: string,
  creditBps: number,
  position: number,
  touches: number,
  touchAt: string,
  kind?: Credit['kind'] | null,
  link?: string,
];
type PostedCells = readonly [cents: number, matures: string, returnedUnits: number];

export interface ConversionRow {
  readonly pk: string;
  readonly sk: typeof CONVERSION;
  /** Sparse index of conversions with work to do. */
  readonly openPk?: string;
  readonly openSk?: string;
  readonly dayPk: string;
  /** The order's time, and its mark. */
  readonly daySk: string;
  /** Received. When it occurred stands before the mark already; rows of earlier versions say it once more, in `t`. */
  readonly rt: string;
  /** When the cart was begun. */
  readonly ct?: string;
  readonly cur: string;
  readonly i: readonly Item[];
  /** Discount on the order; absent: 0. */
  readonly od?: number;
  /** Click id, why it was not taken, and why the click can never be credited. */
  readonly ck?: string;
  readonly cx?: ClickIdRefusal;
  readonly cv?: Uncredited;
  /** Customer, whether new, SHA-256 of the address (base64url: 43 characters for 64), coupon code or codes. */
  readonly cu?: string;
  readonly cs?: 'new' | 'returning';
  readonly em?: string;
  readonly cc?: string | readonly string[];
  /** Country that it goes to. */
  readonly co?: string;
  /** Tax, shipping, sub ids 1 to 5, and that it is a trial. */
  readonly tx?: number;
  readonly sh?: number;
  readonly su?: readonly (string | null)[];
  readonly te?: true;
  /** API key. */
  readonly by?: string;
  readonly rev: number;
  /** Units returned by line. */
  readonly ret?: Readonly<Record<string, number>>;
  readonly can?: { readonly at: string; readonly reason: string };
  /** Posted by partner, credits, versions and time of settlement, journals by partner. */
  readonly po?: Readonly<Record<string, PostedCells>>;
  readonly cr?: readonly CreditCells[];
  readonly sv?: readonly [at: string, policyVersion: number, planVersion: number];
  /** How it was brought to the program's currency. */
  readonly fx?: readonly [to: string, fromCents: number, toCents: number, rateId: string, rate: string];
  readonly jr?: Readonly<Record<string, readonly number[]>>;
  /** Why nobody is credited. */
  readonly un?: string;
  /** The touches that counted, when there was more than one, and the rules that had a say, when any had. */
  readonly jn?: string;
  readonly be?: readonly Because[];
  /** What it used of caps, by cap id. */
  readonly cp?: Readonly<Record<string, number>>;
  /** After how many days it is late; the order it looks like, the minutes between at most, and by how many milliseconds that came before. */
  readonly fl?: FindingCells;
}
type FindingCells = readonly [lateAfterDays: number | null, orderId?: string, minutes?: number, before?: number];

/** A conversion that is settled again and again keeps pointing at its latest lines; older ones stay in the ledger. */
const JOURNALS_SHOWN = 20;

/** A conversion as it is first stored: open, on its UTC day. */
export function newRow(conversion: Conversion): ConversionRow {
  const { occurredAt } = conversion;
  return {
    pk: conversionPk(conversion),
    sk: CONVERSION,
    ...openKeyOf(conversion),
    dayPk: dayPartition(conversion.brandId, conversion.programId, utcDay(occurredAt)),
    daySk: daySkOf(occurredAt, conversion.cancelled ? undefined : conversion.mark),
    rt: conversion.receivedAt,
    cur: conversion.currency,
    ...stateCells(conversion),
    ...present({
      ck: conversion.clickId,
      cx: conversion.clickIdRefused,
      by: conversion.reportedBy,
      un: conversion.unattributed,
      su: subCells(conversion),
      te: conversion.test,
      can: conversion.cancelled,
    }),
    rev: conversion.revision,
  };
}

/** The attributes that an amendment can change. */
const STATE_CELLS = ['i', 'od', 'cu', 'cs', 'em', 'cc', 'co', 'tx', 'sh'] as const;

function stateCells(conversion: Conversion): Pick<ConversionRow, 'i'> & Partial<ConversionRow> {
  const { couponCodes: codes, orderDiscountCents, emailSha256 } = conversion;
  return {
    i: conversion.items.map(({ sku, category, quantity, unitPriceCents, discountCents }) => [
      sku,
      category ?? null,
      quantity,
      unitPriceCents,
      discountCents,
    ]),
    ...(orderDiscountCents > 0 && { od: orderDiscountCents }),
    ...present({
      ct: conversion.cartAt,
      ck: conversion.clickId,
      cx: conversion.clickIdRefused,
      cv: conversion.clickUncredited,
      cu: conversion.customerId,
      cs: conversion.customerStatus,
      em: emailSha256 && Buffer.from(emailSha256, 'hex').toString('base64url'),
      cc: codes && codes.length > 1 ? codes : (codes?.[0] ?? conversion.couponCode),
      co: conversion.country,
      tx: conversion.taxCents,
      sh: conversion.shippingCents,
    }),
  };
}

/** What amending a conversion sets and removes. */
export function amendmentCells(after: Conversion) {
  const set = stateCells(after);
  const gone = STATE_CELLS.filter((name) => set[name] === undefined);
  return { set, remove: after.journey ? gone : [...gone, 'jn'] };
}

const SUB_IDS = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5'] as const;

/** Sub ids up to the last one there is. */
function subCells(conversion: Conversion): (string | null)[] | undefined {
  const cells = SUB_IDS.map((name) => conversion[name] ?? null);
  while (cells.at(-1) === null) cells.pop();
  return cells.length > 0 ? cells : undefined;
}

const toSubIds = (cells: readonly (string | null)[] = []) =>
  Object.fromEntries(cells.flatMap((value, place) => (value === null ? [] : [[SUB_IDS[place]!, value]])));

/** What settling a conversion came to. */
export interface Settlement {
  readonly at: Instant;
  readonly policyVersion: number;
  readonly planVersion: number;
  readonly credits: readonly Credit[];
  /** The touches that counted; absent when what is stored of them stays. */
  readonly journey?: Journey | undefined;
  /** The rules that had a say. */
  readonly because?: readonly Because[] | undefined;
  /** By partner, all that is posted after this. */
  readonly posted: Readonly<Record<string, Posted>>;
  /** Why nobody is credited; absent when somebody is. */
  readonly unattributed?: string | undefined;
  /** What it uses of caps after this; absent when no cap counts it. */
  readonly consumed?: Readonly<Record<string, number>> | undefined;
  /** What it found beside; absent when there is nothing to flag. */
  readonly findings?: Findings | undefined;
  /** Sequence number of the journal that carries this settlement's line, by partner; so that the line can be shown later. */
  readonly journals?: Readonly<Record<string, number>> | undefined;
}

/** The attributes that settling sets and removes. */
export function settlementCells(conversion: Conversion, settlement: Settlement) {
  const { posted, credits, journey = [], because = [], unattributed, at, policyVersion, planVersion } = settlement;
  const { exchange } = conversion;
  // Told by the credits beside it, so it is written whenever they are.
  const kept = journey.length > 1 ? journey : (conversion.journey ?? []);
  const findings = findingCells(conversion, settlement.findings);
  const gone = [
    unattributed === undefined && 'un',
    because.length === 0 && conversion.because && 'be',
    !findings && conversion.findings && 'fl',
  ];
  const journals: Record<string, readonly number[]> = { ...conversion.journals };
  for (const [partnerId, sequence] of Object.entries(settlement.journals ?? {}))
    journals[partnerId] = [...(journals[partnerId] ?? []), sequence].slice(-JOURNALS_SHOWN);
  return {
    set: {
      po: Object.fromEntries(
        Object.entries(posted).map(([partnerId, { cents, matures, returnedUnits }]) => [
          partnerId,
          [cents, matures, returnedUnits] satisfies PostedCells,
        ]),
      ),
      cr: credits.map(
        ({ partnerId, creditBps, position, touches, touchAt, kind, link }): CreditCells => [
          ...([partnerId, creditBps, position, touches, touchAt] as const),
          ...(link ? ([kind ?? null, link] as const) : kind ? ([kind] as const) : ([] as const)),
        ],
      ),
      sv: [at, policyVersion, planVersion],
      jr: journals,
      fx: exchange && [exchange.to, exchange.fromCents, exchange.toCents, exchange.rateId, exchange.rate],
      un: unattributed,
      // The only touch stands in its credit already.
      jn: kept.length > 0 ? packJourney(kept, credits) : undefined,
      be: because.length > 0 ? because : undefined,
      cp: conversion.consumed || Object.keys(settlement.consumed ?? {}).length > 0 ? settlement.consumed : undefined,
      fl: findings,
    },
    remove: gone.filter((name) => typeof name === 'string'),
  };
}

function findingCells(
  { occurredAt }: Conversion,
  { lateAfterDays, duplicateOf }: Findings = {},
): FindingCells | undefined {
  if (duplicateOf) {
    const { orderId, withinMinutes } = duplicateOf;
    return [lateAfterDays ?? null, orderId, withinMinutes, epochMs(occurredAt) - epochMs(duplicateOf.occurredAt)];
  }
  return lateAfterDays === undefined ? undefined : [lateAfterDays];
}

const toFindings = (
  [lateAfterDays, orderId, withinMinutes = 0, before = 0]: FindingCells,
  occurredAt: Instant,
): Findings => ({
  ...(lateAfterDays !== null && { lateAfterDays }),
  ...(orderId !== undefined && {
    duplicateOf: { orderId, occurredAt: instant(epochMs(occurredAt) - before), withinMinutes },
  }),
});

/**
 * A change to a conversion as it was read: its revision rises by one, and the write fails its condition when anybody wrote since.
 * Attributes set to `undefined` stay as they are.
 */
export function revisionWrite(
  table: string,
  read: Conversion,
  set: Readonly<Record<string, unknown>>,
  remove: readonly string[] = [],
): Write {
  const cells = Object.entries({ ...set, rev: read.revision + 1 }).filter(([, value]) => value !== undefined);
  const removed = remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : '';
  return {
    Update: {
      TableName: table,
      Key: { pk: conversionPk(read), sk: CONVERSION },
      UpdateExpression: `SET ${cells.map(([name]) => `#${name} = :${name}`).join(', ')}${removed}`,
      ConditionExpression: '#rev = :read',
      ExpressionAttributeNames: Object.fromEntries(cells.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(cells.map(([name, value]) => [`:${name}`, value])),
        ':read': read.revision,
      },
    },
  };
}

/** The conversion of an unmarshalled item. */
export function toConversion(item: Readonly<Record<string, unknown>>): Conversion {
  const row = item as unknown as ConversionRow;
  const { occurredAt, mark } = readDaySk(row.daySk);
  return {
    ...keyOfPk(row.pk),
    occurredAt,
    receivedAt: row.rt,
    currency: row.cur,
    items: row.i.map(toItem),
    orderDiscountCents: row.od ?? 0,
    ...present({
      cartAt: row.ct,
      clickId: row.ck,
      clickIdRefused: row.cx,
      clickUncredited: row.cv,
      customerId: row.cu,
      customerStatus: row.cs,
      emailSha256: row.em && Buffer.from(row.em, 'base64url').toString('hex'),
      couponCode: firstCode(row),
      couponCodes: typeof row.cc === 'string' ? [row.cc] : row.cc,
      country: row.co,
      taxCents: row.tx,
      shippingCents: row.sh,
      test: row.te,
      reportedBy: row.by,
      cancelled: row.can,
      unattributed: row.un,
      credits: row.cr?.map(toCredit),
      settled: row.sv && { at: row.sv[0], policyVersion: row.sv[1], planVersion: row.sv[2] },
      journals: row.jr,
      exchange: row.fx && {
        ...{ from: row.cur, to: row.fx[0], fromCents: row.fx[1], toCents: row.fx[2] },
        ...{ rateId: row.fx[3], rate: row.fx[4] },
      },
      journey: row.jn === undefined ? undefined : unpackJourney(row.jn, (row.cr ?? []).map(toCredit), firstCode(row)),
      because: row.be,
      consumed: row.cp,
      findings: row.fl && toFindings(row.fl, occurredAt),
      mark,
      open: row.openPk === undefined ? undefined : (true as const),
    }),
    ...toSubIds(row.su),
    returned: row.ret ?? {},
    revision: row.rev,
    posted: Object.fromEntries(
      Object.entries(row.po ?? {}).map(([partnerId, [cents, matures, returnedUnits]]) => [
        partnerId,
        { cents, matures, returnedUnits },
      ]),
    ),
  };
}

const firstCode = ({ cc }: ConversionRow): string | undefined => (typeof cc === 'object' ? cc[0] : cc);

const toItem = ([sku, category, quantity, unitPriceCents, discountCents]: Item): LineItem => ({
  sku,
  ...(category !== null && { category }),
  quantity,
  unitPriceCents,
  discountCents,
});

const toCredit = ([partnerId, creditBps, position, touches, touchAt, kind, link]: CreditCells): Credit => ({
  partnerId,
  creditBps,
  position,
  touches,
  touchAt,
  ...(kind && { kind }),
  ...(link && { link }),
});

/** Without the entries that are undefined. */
function present<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

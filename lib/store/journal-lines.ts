import type { Because } from '../attribution/because.ts';
import type { AccrualLine, PricedPart } from '../ledger/journal.ts';
import type { SubIds } from '../tracking/sub-ids.ts';

/**
 * Accrual lines as one text attribute. A journal costs two write units a kilobyte and a busy partner's journal holds dozens of lines, so
 * what lines repeat (model with its versions, rule with its label and rate) stands once and lines point at it by position.
 *
 * `terms`  [model, policyVersion, planVersion], and where rules of the policy had a say, those
 * `rules`  [rule, label, rateBps | null, flatCents | null]
 * `lines`  [eventType, orderId, occurredAt, reason, matures, cents, totalCents, commissionableCents, creditBps, position, touches,
 *          touchAt | null, unmatchedCents, units, returnedUnits, place in terms, parts], then the kind of a touch that was no click | null,
 *          of an order in another currency [from, its cents, rate id, rate] | null, place in subs | null, and what it is flagged with
 * `subs`   sub-ids of clicks, where there are any: a campaign's name stands in many lines
 * `parts`  [place in rules, baseCents, cents, units | null] and, where there is something to say, why | null, 1 for a bonus | nothing
 */
type Terms = [string, number, number, (readonly Because[])?];
type Rule = [string, string, number | null, number | null];
type Part = [rule: number, baseCents: number, cents: number, units: number | null, why?: string | null, onTop?: 1];
type Line = [
  eventType: string,
  orderId: string,
  occurredAt: string,
  reason: AccrualLine['reason'],
  matures: string,
  cents: number,
  totalCents: number,
  commissionableCents: number,
  creditBps: number,
  position: number,
  touches: number,
  touchAt: string | null,
  unmatchedCents: number,
  units: number,
  returnedUnits: number,
  terms: number,
  parts: Part[],
  ...tail: Tail,
];
/** What few lines have; it ends with the last that there is. */
type Tail = [
  touchKind?: AccrualLine['touchKind'] | null,
  exchange?: [from: string, fromCents: number, rateId: string, rate: string] | null,
  subs?: number | null,
  flags?: AccrualLine['flags'] | null,
];
interface Packed {
  readonly terms: Terms[];
  readonly rules: Rule[];
  readonly lines: Line[];
  readonly subs?: SubIds[];
}

export function packLines(lines: readonly AccrualLine[]): string {
  const terms = distinct<Terms>();
  const rules = distinct<Rule>();
  const subs = distinct<SubIds>();
  const part = (each: PricedPart): Part => {
    const place = rules.place([each.rule, each.label, each.rateBps ?? null, each.flatCents ?? null]);
    const { baseCents, cents, units = null, why, onTop } = each;
    if (onTop) return [place, baseCents, cents, units, why ?? null, 1];
    return why === undefined ? [place, baseCents, cents, units] : [place, baseCents, cents, units, why];
  };
  const packed = lines.map(
    (line): Line => [
      line.eventType,
      line.orderId,
      line.occurredAt,
      line.reason,
      line.matures,
      line.cents,
      line.totalCents,
      line.commissionableCents,
      line.creditBps,
      line.position,
      line.touches,
      line.touchAt ?? null,
      line.unmatchedCents,
      line.units,
      line.returnedUnits,
      terms.place([
        ...([line.model, line.policyVersion, line.planVersion] as const),
        ...(line.because ? [line.because] : []),
      ] as Terms),
      line.parts.map(part),
      ...tailOf(line, subs),
    ],
  );
  const all: Packed = { terms: terms.all, rules: rules.all, lines: packed };
  return JSON.stringify(subs.all.length > 0 ? { ...all, subs: subs.all } : all);
}

function tailOf({ touchKind, exchange, subs, flags }: AccrualLine, known: Distinct<SubIds>): Tail {
  const tail: Tail = [
    touchKind ?? null,
    exchange ? [exchange.from, exchange.fromCents, exchange.rateId, exchange.rate] : null,
    subs ? known.place(subs) : null,
    flags ?? null,
  ];
  while (tail.length > 0 && tail.at(-1) === null) tail.pop();
  return tail;
}

export function unpackLines(text: string): AccrualLine[] {
  const packed = JSON.parse(text) as Packed;
  return packed.lines.map((line) => {
    const [eventType, orderId, occurredAt, reason, matures, cents, totalCents, commissionableCents, ...shares] = line;
    const [creditBps, position, touches, touchAt, unmatchedCents, units, returnedUnits, place, parts, ...tail] = shares;
    const [touchKind, fx, sub, flags] = tail;
    const [model, policyVersion, planVersion, because] = packed.terms[place]!;
    return {
      eventType,
      orderId,
      occurredAt,
      cents,
      totalCents,
      reason,
      model,
      policyVersion,
      planVersion,
      creditBps,
      position,
      touches,
      ...(touchAt !== null && { touchAt }),
      ...(touchKind && { touchKind }),
      ...(because && { because }),
      commissionableCents,
      parts: parts.map((part) => unpackPart(part, packed.rules)),
      unmatchedCents,
      ...(fx && { exchange: { from: fx[0], fromCents: fx[1], rateId: fx[2], rate: fx[3] } }),
      ...(flags && { flags }),
      ...(typeof sub === 'number' && { subs: packed.subs![sub]! }),
      units,
      returnedUnits,
      matures,
    };
  });
}

function unpackPart([place, baseCents, cents, units, why, onTop]: Part, rules: readonly Rule[]): PricedPart {
  const [rule, label, rateBps, flatCents] = rules[place]!;
  return {
    rule,
    label,
    ...(rateBps !== null && { rateBps }),
    ...(flatCents !== null && { flatCents }),
    ...(units !== null && { units }),
    baseCents,
    cents,
    ...(typeof why === 'string' && { why }),
    ...(onTop && { onTop: true }),
  };
}

interface Distinct<Value> {
  readonly all: Value[];
  place(value: Value): number;
}

/** Values in the order they were first seen, with the place of each. */
function distinct<Value>(): Distinct<Value> {
  const all: Value[] = [];
  const places = new Map<string, number>();
  return {
    all,
    place(value: Value): number {
      const text = JSON.stringify(value);
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, all.length);
      return all.push(value) - 1;
    },
  };
}

import type { Because } from './because.ts';
import type { Journey } from './journey.ts';
import type { AttributionPolicy } from './policy.ts';

/**
 * A journey without the coupon codes that the policy lets count for nothing. An order used with a link and a code is one pool either way:
 * a code that stays takes the whole conversion (see `attribute`), one that goes leaves it to the other touches.
 *
 * - `always`: every code stays.
 * - `involved`: the code of a partner who was also clicked stays.
 * - `winner`: none stays; its owner gets what the owner's clicks win.
 * - not said: a code stays where nothing else touched the customer.
 */
export function admitCodes(
  journey: Journey,
  policy: Pick<AttributionPolicy, 'codeCredit'>,
): { journey: Journey; because: Because[] } {
  if (journey.every(({ kind }) => kind !== 'code')) return { journey, because: [] };
  const credit = policy.codeCredit ?? 'only';
  const clicked = new Set(journey.flatMap(({ kind, partnerId }) => (kind === 'click' ? [partnerId] : [])));
  const alone = journey.every(({ kind }) => kind === 'code');
  const stays = (partnerId: string) => {
    if (credit === 'always') return true;
    if (credit === 'winner') return false;
    return credit === 'involved' ? clicked.has(partnerId) : alone;
  };
  const left = journey.filter(({ kind, partnerId }) => kind !== 'code' || stays(partnerId));
  const unused = journey.filter((touch) => !left.includes(touch)).at(-1);
  if (!unused || credit === 'always') return { journey: left, because: [] };
  return { journey: left, because: [{ rule: 'code-unused', credit, code: unused.code ?? '' }] };
}

import fc from 'fast-check';
import { JourneyBuilder, type Journeys } from '../../../../lib/attribution/compare/journeys.ts';

/** Journeys from rows of path, conversions, journeys that did not convert, and value (default: 10 a conversion). */
export function journeys(rows: readonly (readonly [string, number, number, number?])[]): Journeys {
  const builder = new JourneyBuilder({ timed: false });
  for (const [path, conversions, nulls, value] of rows) {
    for (const name of path === '' ? [] : path.split(' > ')) builder.touch(builder.names.of(name));
    builder.conversions.push(conversions, 0);
    builder.value.push(value ?? conversions * 10, 0);
    builder.end(nulls);
  }
  return builder.finish();
}

/** Small journeys of up to five partners, with repeats, empty paths, journeys that never convert, and duplicates. */
export function someRows(): fc.Arbitrary<[string, number, number, number][]> {
  return fc.array(
    fc.tuple(
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 6 }).map((names) => names.join(' > ')),
      fc.nat(3),
      fc.nat(4),
      fc.nat(10_000),
    ),
    { minLength: 1, maxLength: 12 },
  );
}

export const someJourneys = () =>
  someRows()
    .map((rows) => journeys(rows))
    .filter(({ partners }) => partners.length > 0);

/** Codes that one order may have redeemed. */
export const MOST_CODES = 5;

/** The codes of an order, each once, `couponCode` first. Apart from the schemas, for the functions that start without them. */
export function distinctCodes({
  couponCode,
  couponCodes = [],
}: {
  readonly couponCode?: string | undefined;
  readonly couponCodes?: readonly string[] | undefined;
}): string[] {
  return [...new Set(couponCode === undefined ? couponCodes : [couponCode, ...couponCodes])];
}

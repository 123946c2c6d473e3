/** What several fields must look like. Apart from the schemas, for the functions that start without them. */

/** Part of a key, so no separator and no control characters. */
export const keyPattern = (max: number): RegExp => new RegExp(`^(?!\\.{1,2}$)[^#\\p{C}]{1,${max}}$`, 'u');

/** Characters that change how the text around them reads: controls, half surrogates, direction overrides. */
export const HIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

let currencies: ReadonlySet<string> | undefined;

/** Whether a code in capitals names a currency there is, as the runtime knows them. */
export function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies.has(code);
}

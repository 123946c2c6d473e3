/**
 * Which of the media types on offer a caller prefers, by the `Accept` header (RFC 9110 without extensions); nothing when it names none of
 * them. A wildcard is no preference.
 */
export function preferred<Type extends string>(accept: string | undefined, offered: readonly Type[]): Type | undefined {
  const wanted = (accept ?? '').split(',').map((part, place) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, place, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
  });
  wanted.sort((a, b) => b.weight - a.weight || a.place - b.place);
  const best = wanted.find(({ type, weight }) => weight > 0 && offered.some((offer) => offer === type));
  return best?.type as Type | undefined;
}

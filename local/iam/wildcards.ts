const compiled = new Map<string, RegExp>();

/** IAM's own wildcards: `*` any characters, `?` one; everything else is literal. */
export function matchesWildcard(pattern: string, text: string, caseSensitive = true): boolean {
  const key = `${caseSensitive ? 's' : 'i'}${pattern}`;
  let expression = compiled.get(key);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, caseSensitive ? 's' : 'is');
    compiled.set(key, expression);
  }
  return expression.test(text);
}

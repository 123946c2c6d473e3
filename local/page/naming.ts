/**
 * Names without what all of them begin with (`tributary-dev-`) and without the ending CloudFormation gives to names nobody chose, as a person
 * says them. The whole name stays where it is needed: in addresses and on hover.
 */
export type Shorten = (name: string) => string;

const GENERATED_ENDING = /[0-9A-F]{8}$/;

export function shortener(names: readonly string[]): Shorten {
  const prefix = commonPrefix(names);
  return (name) => {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    return rest.replace(GENERATED_ENDING, '') || name;
  };
}

/** Whole dash-separated words that every name begins with, dash included; empty when they share none, or there is one name only. */
function commonPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names;
  if (others.length === 0) return '';
  const words = first.split('-').slice(0, -1);
  while (words.length > 0) {
    const prefix = `${words.join('-')}-`;
    if (others.every((name) => name.startsWith(prefix))) return prefix;
    words.pop();
  }
  return '';
}

import type { Chance } from './chance.ts';
import type { NameSet } from './furnish.ts';
import { noise, TEXTS } from './hostile-values.ts';

/** Names of things there are: by placeholder or field name, of the brand and of the other one. */
export interface Names {
  readonly own: NameSet;
  /** What else the brand has, in other states: each stands in for some of `own`. */
  readonly more: readonly NameSet[];
  readonly foreign: NameSet;
}

/** The names that one input may use, and whether only its body is hostile: past the door there is more to break. */
export interface Aim extends Names {
  readonly calm: boolean;
}

/** What an input puts where a name belongs: mostly a right one. */
export function nameFor(chance: Chance, name: string, { own, foreign, calm }: Aim): string {
  const draw = chance.next();
  if (calm || draw < 0.75) return own[name] ?? noise(chance, 12);
  if (draw < 0.82) return foreign[name] ?? own[name] ?? 'sale';
  if (draw < 0.86) return own[name]?.replace(/.$/, '0') ?? '1';
  if (draw < 0.89) return (own[name] ?? 'a').toUpperCase();
  return chance.is(0.6) ? chance.pick(TEXTS) : noise(chance, 1 + chance.below(40));
}

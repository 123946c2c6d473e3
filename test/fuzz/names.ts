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

/** The thing of this name; nothing when there is none, `constructor` included. */
export const namedIn = (of: NameSet, name: string): string | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/** What an input puts where a name belongs: mostly a right one. */
export function nameFor(chance: Chance, name: string, { own, foreign, calm }: Aim): string {
  const right = namedIn(own, name);
  const draw = chance.next();
  if (calm || draw < 0.75) return right ?? noise(chance, 12);
  if (draw < 0.82) return namedIn(foreign, name) ?? right ?? 'sale';
  if (draw < 0.86) return right?.replace(/.$/, '0') ?? '1';
  if (draw < 0.89) return (right ?? 'a').toUpperCase();
  return chance.is(0.6) ? chance.pick(TEXTS) : noise(chance, 1 + chance.below(40));
}

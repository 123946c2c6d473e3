import type { Chain } from './chain.ts';

/** What may be left under way when mass is no longer followed, as a share of the conversion probability. */
const LEFT_UNDER_WAY = 1e-13;
/** Partners that are followed at the same time, so that a transition is read once for all of them. */
const LANES = 8;

/**
 * Removal effects of a chain too large for its inverse. B is the set of states that end in the partner. All visits to B less those that
 * follow an earlier visit to B are the first ones: f = N_sB − N_sB G, where G leads from B to the next state of B. So the visits to B are
 * sent on their way once, stopped where they meet B again, and what they would have converted from there is subtracted. Mass is followed
 * until what is under way could not change the twelfth digit, so this is exact in the sense in which a solved system is.
 */
export function byFollowing(given: Chain): Float64Array {
  const chain = busiestFirst(withoutStaying(given));
  const { states: n, rows, to, probability, start, partner } = chain;
  const conversion = conversionFrom(chain);
  let whole = 0;
  for (let x = 0; x < n; x += 1) whole += start[x]! * conversion[x]!;
  const effects = new Float64Array(chain.partners);
  if (whole === 0) return effects;
  const tiny = (LEFT_UNDER_WAY * whole) / n;
  const visits = visitsOf(chain, tiny);

  const lane = new Int32Array(chain.partners);
  const under = new Float64Array(n * LANES);
  const back = new Float64Array(LANES);
  for (let first = 0; first < chain.partners; first += LANES) {
    lane.fill(-1);
    for (let i = first; i < Math.min(first + LANES, chain.partners); i += 1) lane[i] = i - first;
    under.fill(0);
    back.fill(0);
    for (let x = 0; x < n; x += 1) {
      const mine = lane[partner[x]!]!;
      if (mine === -1) continue;
      effects[partner[x]!]! += visits[x]! * conversion[x]!;
      for (let e = rows[x]!; e < rows[x + 1]!; e += 1) under[to[e]! * LANES + mine]! += visits[x]! * probability[e]!;
    }
    for (let moved = true; moved; ) {
      moved = false;
      for (let x = 0; x < n; x += 1) {
        const at = x * LANES;
        const mine = lane[partner[x]!]!;
        if (mine !== -1) {
          back[mine]! += under[at + mine]! * conversion[x]!;
          under[at + mine] = 0;
        }
        const [a, b, c, d] = [under[at]!, under[at + 1]!, under[at + 2]!, under[at + 3]!];
        const [f, g, h, i] = [under[at + 4]!, under[at + 5]!, under[at + 6]!, under[at + 7]!];
        if (a + b + c + d + f + g + h + i <= tiny) continue;
        moved = true;
        under[at] = under[at + 1] = under[at + 2] = under[at + 3] = 0;
        under[at + 4] = under[at + 5] = under[at + 6] = under[at + 7] = 0;
        for (let e = rows[x]!; e < rows[x + 1]!; e += 1) {
          const p = probability[e]!;
          const y = to[e]! * LANES;
          under[y]! += a * p;
          under[y + 1]! += b * p;
          under[y + 2]! += c * p;
          under[y + 3]! += d * p;
          under[y + 4]! += f * p;
          under[y + 5]! += g * p;
          under[y + 6]! += h * p;
          under[y + 7]! += i * p;
        }
      }
    }
    for (let i = first; i < Math.min(first + LANES, chain.partners); i += 1) {
      effects[i] = (effects[i]! - back[i - first]!) / whole;
    }
  }
  return effects;
}

/**
 * The chain without transitions from a state to itself, each row scaled to what remains: where a journey goes when it leaves is the same,
 * and so is every removal effect. A long run of one touch then costs nothing.
 */
function withoutStaying(chain: Chain): Chain {
  const { states: n, rows, to, probability } = chain;
  const kept = new Uint32Array(n + 1);
  const keptTo = new Uint32Array(to.length);
  const keptProbability = new Float64Array(to.length);
  const convert = new Float64Array(n);
  let count = 0;
  for (let x = 0; x < n; x += 1) {
    let leaves = 1;
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) if (to[e] === x) leaves -= probability[e]!;
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) {
      if (to[e] === x) continue;
      keptTo[count] = to[e]!;
      keptProbability[count] = probability[e]! / leaves;
      count += 1;
    }
    convert[x] = chain.convert[x]! / leaves;
    kept[x + 1] = count;
  }
  return { ...chain, rows: kept, to: keptTo, probability: keptProbability, convert };
}

/** States renumbered by how many transitions lead to them, so that what is touched most lies together in memory. */
function busiestFirst(chain: Chain): Chain {
  const { states: n, rows, to, probability } = chain;
  const incoming = new Uint32Array(n);
  for (let e = 0; e < rows[n]!; e += 1) incoming[to[e]!]! += 1;
  const order = Uint32Array.from(incoming, (_, x) => x).sort((a, b) => incoming[b]! - incoming[a]! || a - b);
  const place = new Uint32Array(n);
  order.forEach((x, k) => {
    place[x] = k;
  });
  const newRows = new Uint32Array(n + 1);
  const newTo = new Uint32Array(rows[n]!);
  const newProbability = new Float64Array(rows[n]!);
  let count = 0;
  order.forEach((x, k) => {
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) {
      newTo[count] = place[to[e]!]!;
      newProbability[count] = probability[e]!;
      count += 1;
    }
    newRows[k + 1] = count;
  });
  return {
    ...chain,
    rows: newRows,
    to: newTo,
    probability: newProbability,
    start: Float64Array.from(order, (x) => chain.start[x]!),
    convert: Float64Array.from(order, (x) => chain.convert[x]!),
    partner: Uint32Array.from(order, (x) => chain.partner[x]!),
  };
}

/** h = c + Q h, swept until nothing changes any more. */
function conversionFrom({ states: n, rows, to, probability, convert }: Chain): Float64Array {
  const h = new Float64Array(n);
  for (let change = 1; change > 1e-16; ) {
    change = 0;
    for (let x = n - 1; x >= 0; x -= 1) {
      let sum = convert[x]!;
      for (let e = rows[x]!; e < rows[x + 1]!; e += 1) sum += probability[e]! * h[to[e]!]!;
      change = Math.max(change, sum - h[x]!);
      h[x] = sum;
    }
  }
  return h;
}

/** Expected visits to each state from the start. */
function visitsOf({ states: n, rows, to, probability, start }: Chain, tiny: number): Float64Array {
  const visits = new Float64Array(n);
  const under = start.slice();
  for (let moved = true; moved; ) {
    moved = false;
    for (let x = 0; x < n; x += 1) {
      const mass = under[x]!;
      if (mass <= tiny) continue;
      moved = true;
      under[x] = 0;
      visits[x]! += mass;
      for (let e = rows[x]!; e < rows[x + 1]!; e += 1) under[to[e]!]! += mass * probability[e]!;
    }
  }
  return visits;
}

import type { Chain } from './chain.ts';
import { invertInPlace } from './invert.ts';

/** What removal effects of single states need: of N = (I − Q)⁻¹, the row of the start, the column of the conversion, the diagonal. */
export interface Fundamental {
  /** Expected visits to each state from the start. */
  readonly visits: Float64Array;
  /** Probability of converting from each state. */
  readonly conversion: Float64Array;
  /** Expected visits to each state of a journey that stands in it, this visit included. */
  readonly returns: Float64Array;
}

/** The states that are eliminated one by one end where the rest is denser than this; the rest is inverted as a full matrix. */
const DENSE_FROM = 0.7;

/** The sparse pattern of I − Q made symmetric, states renumbered from rare to busy. */
interface Pattern {
  readonly order: Uint32Array;
  readonly rank: Uint32Array;
  /** By rank: neighbours of a higher rank after elimination (fill included), ascending, for ranks below `head`. */
  readonly above: readonly Uint32Array[];
  readonly head: number;
}

function patternOf({ states, rows, to }: Chain): Pattern {
  const degree = new Uint32Array(states + 1);
  for (let x = 0; x < states; x += 1) {
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) {
      if (to[e] === x) continue;
      degree[x]! += 1;
      degree[to[e]!]! += 1;
    }
  }
  const starts = new Uint32Array(states + 1);
  for (let x = 0; x < states; x += 1) starts[x + 1] = starts[x]! + degree[x]!;
  const neighbours = new Uint32Array(starts[states]!);
  const next = starts.slice(0, states);
  for (let x = 0; x < states; x += 1) {
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) {
      const y = to[e]!;
      if (y === x) continue;
      neighbours[next[x]!] = y;
      next[x]! += 1;
      neighbours[next[y]!] = x;
      next[y]! += 1;
    }
  }
  const order = Uint32Array.from({ length: states }, (_, x) => x).sort((a, b) => degree[a]! - degree[b]! || a - b);
  const rank = new Uint32Array(states);
  order.forEach((x, k) => {
    rank[x] = k;
  });

  const above: Uint32Array[] = [];
  const children: number[][] = Array.from({ length: states }, () => []);
  const seen = new Int32Array(states).fill(-1);
  let scratch = new Uint32Array(states);
  let head = states;
  for (let k = 0; k < states; k += 1) {
    let n = 0;
    const add = (r: number) => {
      if (r <= k || seen[r] === k) return;
      seen[r] = k;
      scratch[n] = r;
      n += 1;
    };
    const x = order[k]!;
    for (let e = starts[x]!; e < starts[x + 1]!; e += 1) add(rank[neighbours[e]!]!);
    for (const child of children[k]!) for (const r of above[child]!) add(r);
    if (n > DENSE_FROM * (states - 1 - k) && n > 0) {
      head = k;
      break;
    }
    const mine = scratch.slice(0, n).sort();
    above.push(mine);
    if (n > 0) children[mine[0]!]!.push(k);
  }
  scratch = new Uint32Array(0);
  return { order, rank, above, head };
}

/**
 * Solves the chain exactly: a sparse LU factorisation of I − Q that eliminates rare states first, a full inverse of the dense rest, two
 * triangular solves, and the diagonal of the inverse by selected inversion (Takahashi's recurrence: an entry of the inverse inside the
 * factors' pattern needs only other entries inside it). Nothing is simulated or cut off.
 */
export function fundamental(chain: Chain): Fundamental {
  const { states: n, rows, to, probability } = chain;
  const { order, rank, above, head } = patternOf(chain);
  const m = n - head;
  const at = new Uint32Array(head + 1);
  for (let k = 0; k < head; k += 1) at[k + 1] = at[k]! + above[k]!.length;
  const index = new Uint32Array(at[head]!);
  above.forEach((mine, k) => {
    index.set(mine, at[k]!);
  });
  const upper = new Float64Array(index.length);
  const lower = new Float64Array(index.length);
  const diagonal = new Float64Array(head).fill(1);
  const tail = new Float64Array(m * m);
  for (let i = 0; i < m; i += 1) tail[i * m + i] = 1;

  // I − Q by rank: upper entries lie with their row, lower entries with their column, the tail in a matrix of its own.
  const place = (k: number, r: number) => {
    let [low, high] = [at[k]!, at[k + 1]! - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (index[middle]! < r) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  for (let x = 0; x < n; x += 1) {
    const i = rank[x]!;
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) {
      const j = rank[to[e]!]!;
      const p = probability[e]!;
      if (i >= head && j >= head) tail[(i - head) * m + j - head]! -= p;
      else if (i === j) diagonal[i]! -= p;
      else if (i < j) upper[place(i, j)] = -p;
      else lower[place(j, i)] = -p;
    }
  }

  // Crout: row and column k take what earlier pivots with k in their pattern subtract from them.
  const waiting = new Int32Array(n).fill(-1);
  const linked = new Int32Array(head).fill(-1);
  const pointer = at.slice(0, head);
  const row = new Float64Array(n);
  const column = new Float64Array(n);
  for (let k = 0; k < head; k += 1) {
    for (let e = at[k]!; e < at[k + 1]!; e += 1) {
      row[index[e]!] = upper[e]!;
      column[index[e]!] = lower[e]!;
    }
    let pivot = diagonal[k]!;
    for (let p = waiting[k]!; p !== -1; ) {
      const following = linked[p]!;
      const t = pointer[p]!;
      const l = lower[t]!;
      const u = upper[t]!;
      pivot -= l * u;
      for (let e = t + 1; e < at[p + 1]!; e += 1) {
        row[index[e]!]! -= l * upper[e]!;
        column[index[e]!]! -= u * lower[e]!;
      }
      pointer[p] = t + 1;
      if (t + 1 < at[p + 1]! && index[t + 1]! < head) {
        linked[p] = waiting[index[t + 1]!]!;
        waiting[index[t + 1]!] = p;
      }
      p = following;
    }
    diagonal[k] = pivot;
    for (let e = at[k]!; e < at[k + 1]!; e += 1) {
      upper[e] = row[index[e]!]!;
      lower[e] = column[index[e]!]! / pivot;
      row[index[e]!] = 0;
      column[index[e]!] = 0;
    }
    if (at[k]! < at[k + 1]! && index[at[k]!]! < head) {
      linked[k] = waiting[index[at[k]!]!]!;
      waiting[index[at[k]!]!] = k;
    }
  }
  for (let k = 0; k < head; k += 1) {
    let first = at[k + 1]!;
    while (first > at[k]! && index[first - 1]! >= head) first -= 1;
    for (let e = first; e < at[k + 1]!; e += 1) {
      const atRow = (index[e]! - head) * m - head;
      const l = lower[e]!;
      for (let f = first; f < at[k + 1]!; f += 1) tail[atRow + index[f]!]! -= l * upper[f]!;
    }
  }
  invertInPlace(tail, m);

  const conversion = solve(false);
  const visits = solve(true);
  return { visits, conversion, returns: diagonalOfInverse() };

  /** (I − Q) h = c, or transposed with the start: (I − Q)ᵀ v = s. */
  function solve(transposed: boolean): Float64Array {
    const given = transposed ? chain.start : chain.convert;
    const x = Float64Array.from(order, (state) => given[state]!);
    const [down, up] = transposed ? [upper, lower] : [lower, upper];
    for (let k = 0; k < head; k += 1) {
      if (transposed) x[k]! /= diagonal[k]!;
      if (x[k] !== 0) for (let e = at[k]!; e < at[k + 1]!; e += 1) x[index[e]!]! -= down[e]! * x[k]!;
    }
    const rest = new Float64Array(m);
    for (let i = 0; i < m; i += 1) {
      for (let j = 0; j < m; j += 1) {
        rest[transposed ? j : i]! += tail[i * m + j]! * x[head + (transposed ? i : j)]!;
      }
    }
    x.set(rest, head);
    for (let k = head - 1; k >= 0; k -= 1) {
      let sum = x[k]!;
      for (let e = at[k]!; e < at[k + 1]!; e += 1) sum -= up[e]! * x[index[e]!]!;
      x[k] = transposed ? sum : sum / diagonal[k]!;
    }
    return Float64Array.from(rank, (k) => x[k]!);
  }

  function diagonalOfInverse(): Float64Array {
    const zUpper = new Float64Array(index.length);
    const zLower = new Float64Array(index.length);
    const z = new Float64Array(n);
    for (let i = 0; i < m; i += 1) z[head + i] = tail[i * m + i]!;
    const slot = new Int32Array(n).fill(-1);
    for (let p = head - 1; p >= 0; p -= 1) {
      const first = at[p]!;
      const end = at[p + 1]!;
      for (let e = first; e < end; e += 1) slot[index[e]!] = e;
      for (let e = first; e < end; e += 1) {
        const k = index[e]!;
        const u = upper[e]!;
        const l = lower[e]!;
        let sumUpper = u * z[k]!;
        let sumLower = l * z[k]!;
        if (k < head) {
          for (let f = at[k]!; f < at[k + 1]!; f += 1) {
            const g = slot[index[f]!]!;
            if (g === -1) continue;
            zUpper[g]! += u * zUpper[f]!;
            zLower[g]! += l * zLower[f]!;
            sumUpper += upper[g]! * zLower[f]!;
            sumLower += lower[g]! * zUpper[f]!;
          }
        } else {
          const atRow = (k - head) * m - head;
          for (let g = e + 1; g < end; g += 1) {
            const j = index[g]!;
            const kj = tail[atRow + j]!;
            const jk = tail[(j - head) * m + k - head]!;
            zUpper[g]! += u * kj;
            zLower[g]! += l * jk;
            sumUpper += upper[g]! * jk;
            sumLower += lower[g]! * kj;
          }
        }
        zUpper[e]! += sumUpper;
        zLower[e]! += sumLower;
      }
      const pivot = diagonal[p]!;
      let sum = 1;
      for (let e = first; e < end; e += 1) {
        zUpper[e] = -zUpper[e]! / pivot;
        zLower[e] = -zLower[e]!;
        sum -= upper[e]! * zLower[e]!;
        slot[index[e]!] = -1;
      }
      z[p] = sum / pivot;
    }
    return Float64Array.from(rank, (k) => z[k]!);
  }
}

/** Pivots taken together, so that a row of the matrix is loaded once for all of them; a multiple of 8. */
const PANEL = 32;

/**
 * Inverts a full m × m matrix in place, by Gauss-Jordan elimination in panels of 32 pivots: m³ multiplications whatever the panel, but
 * with memory read 32 times less often. No pivoting: the matrices here are I − Q and what elimination leaves of it, which are diagonally
 * dominant M-matrices, and their inverses' principal blocks.
 */
export function invertInPlace(a: Float64Array, m: number): void {
  const panel = new Float64Array(PANEL * m);
  const corner = new Float64Array(PANEL * PANEL);
  const factors = new Float64Array(PANEL);
  for (let k = 0; k < m; k += PANEL) {
    const b = Math.min(PANEL, m - k);
    for (let p = 0; p < b; p += 1) for (let q = 0; q < b; q += 1) corner[p * b + q] = a[(k + p) * m + k + q]!;
    invertCorner(corner, b);
    // The panel's rows become corner⁻¹ × rows, with corner⁻¹ itself in the panel's own columns.
    panel.fill(0);
    for (let p = 0; p < b; p += 1) {
      for (let q = 0; q < b; q += 1) {
        const factor = corner[p * b + q]!;
        const from = (k + q) * m;
        for (let j = 0; j < m; j += 1) panel[p * m + j]! += factor * a[from + j]!;
      }
      for (let q = 0; q < b; q += 1) panel[p * m + k + q] = corner[p * b + q]!;
    }
    factors.fill(0);
    for (let i = 0; i < m; i += 1) {
      if (i === k) {
        a.set(panel.subarray(0, b * m), k * m);
        i += b - 1;
        continue;
      }
      const row = i * m;
      let any = false;
      for (let p = 0; p < b; p += 1) {
        factors[p] = a[row + k + p]!;
        if (factors[p] !== 0) any = true;
        a[row + k + p] = 0;
      }
      if (any) for (let p = 0; p < b; p += 8) subtractEight(a, row, panel, p * m, factors, p, m);
    }
  }
}

/** `a[row …] −= Σ factors[p + r] × panel row r`, for eight rows at once. */
function subtractEight(
  a: Float64Array,
  row: number,
  panel: Float64Array,
  at: number,
  factors: Float64Array,
  p: number,
  m: number,
): void {
  const [f0, f1, f2, f3] = [factors[p]!, factors[p + 1]!, factors[p + 2]!, factors[p + 3]!];
  const [f4, f5, f6, f7] = [factors[p + 4]!, factors[p + 5]!, factors[p + 6]!, factors[p + 7]!];
  const [r1, r2, r3, r4, r5, r6, r7] = [at + m, at + 2 * m, at + 3 * m, at + 4 * m, at + 5 * m, at + 6 * m, at + 7 * m];
  for (let j = 0; j < m; j += 1) {
    a[row + j]! -=
      f0 * panel[at + j]! +
      f1 * panel[r1 + j]! +
      (f2 * panel[r2 + j]! + f3 * panel[r3 + j]!) +
      (f4 * panel[r4 + j]! + f5 * panel[r5 + j]! + (f6 * panel[r6 + j]! + f7 * panel[r7 + j]!));
  }
}

function invertCorner(a: Float64Array, m: number): void {
  for (let k = 0; k < m; k += 1) {
    const atK = k * m;
    const pivot = 1 / a[atK + k]!;
    a[atK + k] = 1;
    for (let j = 0; j < m; j += 1) a[atK + j]! *= pivot;
    for (let i = 0; i < m; i += 1) {
      const factor = a[i * m + k]!;
      if (i === k || factor === 0) continue;
      a[i * m + k] = 0;
      for (let j = 0; j < m; j += 1) a[i * m + j]! -= factor * a[atK + j]!;
    }
  }
}

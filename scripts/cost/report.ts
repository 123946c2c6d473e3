import { type Charge, SERVICES, usdOf } from './bill.ts';

export interface Totals {
  readonly idle: number;
  readonly load: number;
}

/** Dollars a month without traffic, and for the traffic. */
export function totalsOf(charges: readonly Charge[]): Totals {
  const sum = (part: 'idle' | 'load') =>
    charges.reduce((total, charge) => total + usdOf(charge.price, charge[part]), 0);
  return { idle: sum('idle'), load: sum('load') };
}

/** The bill as a table in dollars a month: a line a service, then the total. */
export function table(charges: readonly Charge[]): string {
  const rows = SERVICES.map((service) => {
    const own = charges.filter((charge) => charge.service === service);
    const { idle, load } = totalsOf(own);
    return [service, dollars(idle), dollars(load), dollars(idle + load), mostOf(own)];
  });
  const { idle, load } = totalsOf(charges);
  const all = [
    ['service', 'idle', 'traffic', 'sum', 'most of it'],
    ...rows,
    ['total', dollars(idle), dollars(load), dollars(idle + load), ''],
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(Math.max(...all.map((row) => line(row).length)));
  return [line(all[0] ?? []), rule, ...rows.map(line), rule, line(all.at(-1) ?? [])].join('\n');
}

const dollars = (usd: number) => usd.toFixed(2);

function mostOf(charges: readonly Charge[]): string {
  const cost = ({ price, idle, load }: Charge) => usdOf(price, idle + load);
  const [top] = [...charges].sort((a, b) => cost(b) - cost(a));
  if (!top || cost(top) < 0.005) return '';
  return `${top.what}: ${(top.idle + top.load).toLocaleString('en', { maximumFractionDigits: 1 })}`;
}

import { dayIn } from '../calendar.ts';
import type { Program } from '../programs/program.ts';
import type { PlanVersion } from './plan.ts';
import { conditionWords, overrideWords, payWords, termsWords } from './plan-words.ts';

/** A plan as partners read it, in Markdown: what earns what, in the order in which rules are asked, and how amounts come about. */
export function planDocument(
  { version, effectiveFrom, plan }: PlanVersion,
  { name, currency, timeZone }: Pick<Program, 'name' | 'currency' | 'timeZone'>,
): string {
  const { rules, exclusions = [], bonuses = [], overrides = [] } = plan;
  const cell = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');
  const table = (heading: readonly string[], rows: readonly (readonly string[])[]) =>
    [heading, heading.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`);
  const ending = (terms: string) => (terms ? `; ${terms}` : '');
  const lines = [
    `# ${name}: ${plan.name}`,
    '',
    `Version ${version} of the commission plan, for orders from ${dayIn(effectiveFrom, timeZone)} on. Amounts are in ${currency}, without tax and shipping, after discounts and returns; days, hours and periods are those of ${timeZone}, and what is left of a night after midnight belongs to the new day.`,
    '',
    '## What earns what',
    '',
    'The first row that matches an item of an order is the one that counts for it.',
    '',
    ...table(
      ['', 'Rule', 'For', 'Pays'],
      [
        ...exclusions.map(({ label, when }) => [label, conditionWords(when, currency), 'nothing']),
        ...rules.map((rule) => [
          rule.label,
          conditionWords(rule.when, currency),
          `${payWords(rule.pay, currency)}${ending(termsWords(rule, currency))}`,
        ]),
      ].map((row, place) => [String(place + 1), ...row]),
    ),
    '',
    'What matches no row earns nothing.',
  ];
  if (bonuses.length > 0) {
    const rows = bonuses.map((bonus) => [
      bonus.label,
      conditionWords(bonus.when, currency),
      `${payWords(bonus.pay, currency)}${ending(termsWords(bonus, currency))}`,
    ]);
    const on = 'On top of the rule, each that matches; nothing for what is excluded.';
    lines.push('', '## Bonuses', '', on, '', ...table(['Bonus', 'For', 'Pays'], rows));
  }
  if (overrides.length > 0)
    lines.push('', '## Recruiters', '', ...overrides.map((each) => `- ${each.label}: ${overrideWords(each)}.`));
  lines.push(
    '',
    '## How an amount comes about',
    '',
    'What tiers, milestones and limits of a period count is counted for each partner and for each kind of event (sales, leads) by itself; orders in other currencies are converted first.',
    '',
    'Items of one rule are added up, the rate is applied once and rounded to the nearest minor unit, halves to the even one. Where several partners share an order, each has a share of the base and of flat amounts; those who are paid the same rate share what it comes to, to the cent. What comes back is taken off as if it had never been sold.',
  );
  return `${lines.join('\n')}\n`;
}

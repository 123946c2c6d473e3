/**
 * The look of a statement: one column of paper on screen, A4 or Letter in print. No font, image or script is fetched, so the file reads
 * the same in ten years. On paper every explanation is printed, opened or not.
 */
export const STATEMENT_STYLE = `
:root { color-scheme: light; --ink: #17211d; --soft: #5d6a64; --line: #dcd8cf; --paper: #fffefb; --desk: #edeae3;
  --accent: #14614a; --owed: #9c3f1c; --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, serif;
  --sans: -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--desk); color: var(--ink); font: 15px/1.5 var(--sans); font-variant-numeric: tabular-nums lining-nums; }
main { max-width: 54rem; margin: 2.5rem auto; padding: 3.5rem 4rem 3rem; background: var(--paper); border-top: 4px solid var(--accent);
  box-shadow: 0 1px 2px rgb(23 33 29 / 8%), 0 8px 32px rgb(23 33 29 / 6%); }
header { display: grid; grid-template-columns: 1fr auto; gap: 0 2rem; align-items: end; }
h1 { margin: 0; font: 400 2.1rem/1.15 var(--serif); letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0; font: 400 1.35rem/1.3 var(--serif); }
.program { margin: 0 0 .5rem; color: var(--accent); font-weight: 600; overflow-wrap: anywhere; }
.facts { margin: 0; display: grid; grid-template-columns: auto auto; gap: .1rem 1rem; font-size: .87rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; white-space: nowrap; }
.lede { margin: 1.75rem 0 0; padding: 1.5rem 5rem 0 0; border-top: 1px solid var(--line); font: 400 1.12rem/1.55 var(--serif); }
.sum { margin: 1.75rem 0 0; display: flex; border: 1px solid var(--line); border-radius: 4px; }
.sum > div { flex: 1 1 0; min-width: 0; padding: .9rem 1rem; border-left: 1px solid var(--line); }
.sum > div:first-child { border-left: 0; }
.sum dt { color: var(--soft); font-size: .8rem; line-height: 1.3; min-height: 1.3em; }
.sum dd { margin: .2rem 0 0; font-size: 1.15rem; white-space: nowrap; }
.sum .closing { background: var(--accent); color: #fff; border-radius: 0 3px 3px 0; }
.sum .closing dt { color: #d5e6de; }
.sum .closing dd { font-weight: 600; }
.places { margin: 1.75rem 0 0; }
.bar { display: flex; gap: 2px; height: .55rem; }
.bar span { border-radius: 2px; min-width: 4px; }
.places ul { margin: .6rem 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.75rem; font-size: .87rem; }
.places li b { font-weight: 600; }
.places li::before { content: ''; display: inline-block; width: .6rem; height: .6rem; margin-right: .45rem; border-radius: 2px; background: var(--swatch); }
.pending { --swatch: #b9cfc4; } .held { --swatch: #d9b24c; } .payable { --swatch: #14614a; } .inTransit { --swatch: #6a9ec2; } .receivable { --swatch: #9c3f1c; }
.bar span { background: var(--swatch); }
section { margin: 2.75rem 0 0; }
.head { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding-bottom: .5rem; border-bottom: 2px solid var(--ink); }
.head p { margin: 0; font-size: 1.1rem; font-weight: 600; white-space: nowrap; }
.note { margin: .5rem 0 0; color: var(--soft); font-size: .87rem; }
table { width: 100%; border-collapse: collapse; }
th { padding: .6rem 0 .35rem; color: var(--soft); font-size: .8rem; font-weight: 400; text-align: left; }
td { padding: .55rem 0; border-top: 1px solid var(--line); vertical-align: top; }
tbody tr:first-child td { border-top: 0; }
td:first-child, th:first-child { width: 7.2rem; white-space: nowrap; color: var(--soft); }
td:last-child, th:last-child { width: 8rem; padding-left: 1rem; text-align: right; white-space: nowrap; }
td.minus { color: var(--owed); }
summary { cursor: pointer; list-style: none; overflow-wrap: anywhere; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ' why?'; color: var(--accent); font-size: .8rem; opacity: .75; white-space: nowrap; }
details[open] summary::after { content: ' close'; }
summary:hover::after, summary:focus-visible::after { opacity: 1; text-decoration: underline; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.why { margin: .45rem 0 .2rem; padding-left: .9rem; border-left: 2px solid var(--line); max-width: 36rem; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
footer { margin: 3rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .82rem; }
footer p { margin: 0 0 .5rem; max-width: 44rem; }
.seal { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: .72rem; overflow-wrap: anywhere; }
@media (max-width: 46rem) {
  main { margin: 0; padding: 1.75rem 1.25rem; }
  header { grid-template-columns: 1fr; gap: 1.25rem; }
  .facts { grid-template-columns: auto 1fr; } .facts dd { text-align: left; }
  .sum { flex-direction: column; }
  .sum > div { display: flex; justify-content: space-between; align-items: baseline; border-left: 0; border-top: 1px solid var(--line); padding: .6rem 1rem; }
  .sum > div:first-child { border-top: 0; } .sum dt { min-height: 0; } .sum dd { margin: 0; } .sum .closing { border-radius: 0 0 3px 3px; }
  .lede { padding-right: 0; }
  thead { display: none; }
  tr { display: grid; grid-template-columns: 1fr auto; padding: .7rem 0; border-top: 1px solid var(--line); }
  tr:first-child { border-top: 0; }
  td { padding: 0; border: 0; }
  td:nth-child(2) { grid-column: 1 / -1; grid-row: 2; }
  td:last-child { grid-column: 2; grid-row: 1; }
}
@media print {
  @page { margin: 18mm 16mm; }
  :root { --paper: #fff; }
  body { background: none; font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; margin: 0; padding: 0; border: 0; box-shadow: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary::after { content: none !important; }
  .why { max-width: none; font-size: 8.5pt; }
  h2, .head, .note, thead { break-after: avoid; } tr, .sum, .places, footer { break-inside: avoid; } thead { display: table-header-group; }
}
`;

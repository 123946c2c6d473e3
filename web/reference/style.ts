/** The look of the API reference: routes to the left, words in the middle, calls to copy on the right. Light or dark as the reader's system is. */
export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --ink: #17211d; --soft: #5d6a64; --line: #e2ded5; --paper: #fffefb; --desk: #f4f1ea; --accent: #14614a;
  --code: #16201c; --code-ink: #dfe9e3; --code-soft: #8fa39a; --chip: #eceae2;
  --get: #14614a; --post: #2b5c93; --put: #8a5a12; --patch: #8a5a12; --delete: #9c3f1c;
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, serif;
  --sans: -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; --mono: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4eae6; --soft: #9aa8a1; --line: #2c3632; --paper: #141a17; --desk: #101512; --accent: #6cc3a3;
    --code: #0b0f0d; --code-ink: #d5e0da; --chip: #222b27; --get: #6cc3a3; --post: #86b4e6; --put: #dcae62; --patch: #dcae62; --delete: #e58f6b; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; display: grid; grid-template-columns: 16.5rem minmax(0, 1fr); background: var(--paper); color: var(--ink); font: 15px/1.55 var(--sans); }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.75rem 1.25rem 3rem 1.5rem; background: var(--desk); border-right: 1px solid var(--line); font-size: .86rem; }
nav .brand { margin: 0 0 1.25rem; font: 400 1.35rem/1.2 var(--serif); } nav .brand a { color: var(--ink); }
nav .brand span { color: var(--soft); font: .78rem var(--mono); }
nav ul { margin: 0; padding: 0; list-style: none; } nav li a { display: block; padding: .16rem 0; color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
nav li a:hover { color: var(--ink); text-decoration: none; }
nav .area { margin: 1.35rem 0 .3rem; font-weight: 600; } nav .area::first-letter, h2::first-letter { text-transform: uppercase; }
nav .method { display: inline-block; width: 3.4rem; font-size: .66rem; }
.method { font: 700 .74rem var(--mono); letter-spacing: .02em; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .patch { color: var(--patch); } .delete { color: var(--delete); }
main { min-width: 0; }
header, article { padding: 0 3rem; }
header { padding-top: 3.5rem; padding-bottom: 2.5rem; max-width: 56rem; }
h1 { margin: 0; font: 400 2.6rem/1.1 var(--serif); letter-spacing: -.015em; }
.machine { margin: .6rem 0 0; color: var(--soft); }
.prose { margin-top: 1.75rem; max-width: 44rem; } .prose > p:first-child { font: 400 1.2rem/1.55 var(--serif); }
.prose h3 { margin: 2.25rem 0 .4rem; font: 400 1.3rem/1.3 var(--serif); }
section { border-top: 1px solid var(--line); }
h2 { margin: 0; padding: 2.75rem 3rem 0; font: 400 1.9rem/1.2 var(--serif); }
article { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 27rem); gap: 0 3rem; padding-top: 2.25rem; padding-bottom: 2.75rem; border-bottom: 1px solid var(--line); }
section article:last-child { border-bottom: 0; }
article h3 { margin: 0; font-size: 1.08rem; line-height: 1.35; } article h3 a { color: inherit; } article h3 a:hover::after { content: ' #'; color: var(--soft); }
article h4 { margin: 1.6rem 0 .2rem; font-size: .86rem; color: var(--soft); font-weight: 600; }
.route { margin: .3rem 0 .9rem; } .what p { margin: .5rem 0; } .what ul { margin: .3rem 0; padding-left: 1.1rem; }
code { font: .88em var(--mono); background: var(--chip); padding: .1em .32em; border-radius: 3px; overflow-wrap: anywhere; }
.route code { background: none; padding: 0; font-size: .92rem; }
.fields { border-top: 1px solid var(--line); }
.field { padding: .5rem 0 .5rem calc(var(--depth) * 1.15rem); border-bottom: 1px solid var(--line); }
.what .field p { margin: 0; } .field > p > code { background: none; padding: 0; font-weight: 600; }
.type { color: var(--soft); font-size: .84rem; margin-left: .3rem; } .type + a { font-size: .84rem; } .limits { color: var(--soft); font-size: .8rem; } .limits::before { content: '· '; }
.required { color: var(--delete); font-size: .76rem; margin-left: .3rem; }
.what .field .about { margin-top: .15rem; color: var(--soft); font-size: .88rem; max-width: 38rem; }
.what .variant { margin: 0; padding: .7rem 0 .3rem calc(var(--depth) * 1.15rem); color: var(--accent); font-size: .84rem; font-weight: 600; border-bottom: 1px solid var(--line); }
details { margin-top: 1.1rem; } summary { cursor: pointer; color: var(--soft); font-size: .86rem; font-weight: 600; } summary:hover { color: var(--ink); }
details[open] > summary { margin-bottom: .4rem; } .status { color: var(--get); font-family: var(--mono); }
.refusals { margin: 0; font-size: .88rem; } .refusals div { display: flex; gap: 1rem; padding: .2rem 0; } .refusals dt { font-family: var(--mono); color: var(--delete); } .refusals dd { margin: 0; color: var(--soft); }
.note { color: var(--soft); font-size: .88rem; }
.shown { position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto; }
figure { margin: 0 0 1rem; background: var(--code); border-radius: 8px; overflow: hidden; }
figcaption { padding: .6rem 1rem 0; color: var(--code-soft); font-size: .76rem; }
pre { margin: 0; color-scheme: dark; scrollbar-width: thin; padding: .5rem 1rem 1rem; color: var(--code-ink); font: .78rem/1.55 var(--mono); overflow-x: auto; }
@media (max-width: 80rem) { article { grid-template-columns: minmax(0, 1fr); } .shown { position: static; max-height: none; margin-top: 1.5rem; } }
@media (max-width: 52rem) {
  body { grid-template-columns: minmax(0, 1fr); } nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); }
  header, article { padding-left: 1.25rem; padding-right: 1.25rem; } h2 { padding-left: 1.25rem; padding-right: 1.25rem; } h1 { font-size: 2rem; }
}
@media print { body { display: block; } nav { display: none; } .shown { position: static; max-height: none; } }
`;

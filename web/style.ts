/** The look that all pages for people at work share: calm and dense, light and dark, no web fonts. Elements first, then what they are put together to. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16181b);
  --raised: light-dark(#ffffff, #1d2024);
  --ink: light-dark(#22262b, #dfe2e6);
  --soft: light-dark(#6a7078, #939aa3);
  --line: light-dark(#e6e3dd, #2d3137);
  --accent: light-dark(#12656d, #6cc3cb);
  --accent-soft: light-dark(#e2f0f0, #173237);
  --good: light-dark(#2b7a4b, #74c794);
  --bad: light-dark(#b3382c, #f08a7d);
  --warn: light-dark(#96660c, #e0b45f);
  --busy: light-dark(#2d5fa8, #8ab4f0);
  --mono: ui-monospace, "SF Mono", "JetBrains Mono", "DejaVu Sans Mono", Menlo, monospace;
}
* {
  box-sizing: border-box;
}
body {
  margin: 0;
  min-height: 100vh;
  background: var(--paper);
  color: var(--ink);
  font:
    14px / 1.5 system-ui,
    -apple-system,
    "Segoe UI",
    "Noto Sans",
    "DejaVu Sans",
    sans-serif;
}
main {
  padding: 1.4rem 2rem 4rem;
  max-width: 86rem;
}
a {
  color: var(--accent);
  text-decoration: none;
}
a:hover {
  text-decoration: underline;
}
h1 {
  font-size: 20px;
  font-weight: 650;
  letter-spacing: -0.01em;
  margin: 0 0 1rem;
  overflow-wrap: anywhere;
}
h2 {
  font-size: 14px;
  font-weight: 650;
  margin: 2rem 0 0.6rem;
}
small {
  font-weight: 400;
  font-size: 12px;
  color: var(--soft);
  margin-left: 0.4em;
}
p {
  margin: 0.4rem 0;
  max-width: 80ch;
}
code {
  font-family: var(--mono);
  font-size: 12px;
}
pre {
  font-family: var(--mono);
  font-size: 12px;
  line-height: 1.45;
  margin: 0.35rem 0 0;
  padding: 0.7rem 0.9rem;
  background: var(--raised);
  border: 1px solid var(--line);
  border-radius: 8px;
  overflow: auto;
  max-height: 30rem;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
summary {
  cursor: pointer;
  color: var(--accent);
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 1px;
  border-radius: 3px;
}

/* Tables */
table {
  border-collapse: collapse;
  width: 100%;
  font-size: 13px;
}
th,
td {
  padding: 0.38rem 0.8rem;
  border-bottom: 1px solid var(--line);
  text-align: left;
  vertical-align: top;
  white-space: nowrap;
}
th {
  font-weight: 500;
  font-size: 12px;
  color: var(--soft);
}
tbody tr:last-child > * {
  border-bottom: 0;
}
tbody tr:hover {
  background: color-mix(in srgb, var(--accent-soft) 40%, transparent);
}
.scroll {
  overflow-x: auto;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--raised);
}
.num {
  text-align: right;
  font-variant-numeric: tabular-nums;
}
.wide {
  width: 99%;
  max-width: 0;
  min-width: 14rem;
  white-space: normal;
  overflow-wrap: anywhere;
}
.name {
  min-width: 15rem;
  max-width: 20rem;
  white-space: normal;
  overflow-wrap: anywhere;
}
.pager {
  display: flex;
  justify-content: space-between;
  padding: 0.7rem 0.2rem;
  font-size: 13px;
}

/* Forms */
form {
  margin: 0;
}
label {
  display: grid;
  gap: 0.2rem;
  font-size: 12px;
  color: var(--soft);
}
input,
select,
textarea,
button {
  font: inherit;
  font-size: 13px;
  line-height: 1.4;
  height: 2.1rem;
  padding: 0.3rem 0.55rem;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 6px;
}
label.tick {
  display: flex;
  flex-direction: row;
  gap: 0.6rem;
  color: inherit;
  font-size: inherit;
  overflow-wrap: anywhere;
}
label.tick input {
  width: auto;
  height: auto;
  padding: 0;
  align-self: center;
  flex: none;
}
textarea {
  display: block;
  width: 100%;
  min-height: 2.1rem;
  font-family: var(--mono);
  font-size: 12px;
  line-height: 1.5;
  resize: vertical;
}
button {
  padding: 0.3rem 0.8rem;
  color: var(--accent);
  background: var(--raised);
  cursor: pointer;
}
button:hover {
  background: var(--accent-soft);
}
td button {
  height: auto;
  padding: 0.05rem 0.55rem;
  font-size: 12.5px;
}
.main {
  background: var(--accent);
  border-color: var(--accent);
  color: var(--paper);
  font-weight: 600;
}
.main:hover {
  background: color-mix(in srgb, var(--accent) 85%, var(--ink));
}
.row,
.actions {
  display: flex;
  flex-wrap: wrap;
  gap: 0.6rem;
  align-items: end;
  margin: 0 0 1.1rem;
}
.grow {
  flex: 1 1 14rem;
}
.card > .row {
  margin: 0.8rem 0 0;
}
.hash {
  font-size: 11px;
  overflow-wrap: anywhere;
}

/* Words with a meaning */
.quiet {
  color: var(--soft);
}
.alarm {
  color: var(--bad);
  font-weight: 600;
}
.badge {
  display: inline-flex;
  align-items: center;
  gap: 0.4em;
  font-size: 12.5px;
  white-space: nowrap;
}
.badge::before {
  content: "";
  width: 0.55em;
  height: 0.55em;
  border-radius: 50%;
  background: var(--tone, var(--soft));
}
.good {
  --tone: var(--good);
}
.bad {
  --tone: var(--bad);
  color: var(--bad);
}
.warn {
  --tone: var(--warn);
  color: var(--warn);
}
.busy {
  --tone: var(--busy);
  color: var(--busy);
}
.busy::before {
  animation: breathe 1.6s ease-in-out infinite;
}
@keyframes breathe {
  50% {
    opacity: 0.25;
  }
}
.notice {
  border: 1px solid var(--line);
  border-left: 3px solid var(--tone, var(--good));
  border-radius: 6px;
  background: var(--raised);
  color: var(--ink);
  padding: 0.55rem 0.9rem;
  margin: 0 0 1.2rem;
}
.notice ul {
  margin: 0;
  padding-left: 1.1rem;
}

/* Cards and lists of facts */
.cards {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr));
  gap: 1rem;
}
.card {
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--raised);
  padding: 0.8rem 1rem;
  min-width: 0;
}
.card > h2 {
  margin: 0 0 0.4rem;
  display: flex;
  justify-content: space-between;
  align-items: baseline;
}
.card > h2 > a {
  font-weight: 400;
  font-size: 12.5px;
}
dl {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  gap: 0.15rem 1rem;
  margin: 0;
  font-size: 13px;
}
dt {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
dd {
  margin: 0;
  text-align: right;
  font-variant-numeric: tabular-nums;
}
.facts {
  grid-template-columns: auto minmax(0, 1fr);
}
.facts > dt {
  color: var(--soft);
}
.facts > dd {
  text-align: left;
  overflow-wrap: anywhere;
}
.twin {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
  gap: 0.8rem 1rem;
}
.twin > * {
  min-width: 0;
}
@media (max-width: 40rem) {
  main {
    padding: 1rem 0.8rem 3rem;
  }
  th,
  td {
    padding: 0.38rem 0.5rem;
  }
  .name {
    min-width: 7rem;
    max-width: 9rem;
  }
  .wide {
    min-width: 10rem;
  }
}
@media (prefers-reduced-motion: reduce) {
  .busy::before {
    animation: none;
  }
}
`;

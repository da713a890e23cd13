/**
 * How the page looks, by light and by night; charts stand on a light card.
 *
 * @module
 */

/** The style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1b1f24; --faint: #57606a; --line: #d4d9df; --page: #fff; --card: #f6f8fa;
  --link: #0059a8; --good: #0b6b3a; --bad: #a8321a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e3e8ee; --faint: #9aa5b1; --line: #39424d; --page: #14181d; --card: #1c2229;
    --link: #79b8ff; --good: #63d297; --bad: #ff9b85;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 76rem;
  font: 1rem/1.55 system-ui, sans-serif; color: var(--text); background: var(--page);
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0.5rem 0 0.25rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 0; }
p, ul, dl { max-width: 46rem; }
a { color: var(--link); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.25rem; }
dt { color: var(--faint); }
dd { margin: 0; }
nav ul { columns: 18rem; }
figure { margin: 2rem 0; }
figcaption p { margin: 0.2rem 0 0.6rem; color: var(--faint); font-size: 0.92rem; }
.chart {
  overflow-x: auto; padding: 0.5rem; border: 1px solid var(--line); border-radius: 6px;
  background: #fff;
}
.chart svg { display: block; height: auto; max-width: max(100%, 44rem); }
summary { cursor: pointer; padding: 0.35rem 0; color: var(--link); width: fit-content; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.86rem; font-variant-numeric: tabular-nums; }
caption { text-align: start; color: var(--faint); padding: 0.3rem 0 0.5rem; max-width: 46rem; }
th, td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { font-weight: 600; }
thead th { background: var(--card); }
.numbers td, .goals td { white-space: nowrap; }
.numbers tbody th[colspan] { padding-top: 1rem; }
.goals td:nth-last-child(3) { white-space: normal; min-width: 14rem; }
.numbers small { display: block; color: var(--faint); }
.holds { color: var(--good); }
.missed { color: var(--bad); }
.unknown { color: var(--faint); }
@media (max-width: 34rem) {
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 0.4rem; }
}
`;

/** The looks of a report: dark and light as the reader's system is, for a window of any width, and for paper. */

export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --soft: #59636e; --line: #d5dae0; --ground: #f5f7f9; --accent: #0a5bd0;
  --good: #157a3c; --bad: #c2232b; --warn: #8a5300; --gone: #ffdfdd; --new: #d3f5dc }
@media (prefers-color-scheme: dark) { :root { --paper: #0e1217; --ink: #e4e9ef; --soft: #98a3af; --line: #313941; --ground: #171d24;
  --accent: #6cabff; --good: #5bd083; --bad: #ff8a84; --warn: #e5ae4b; --gone: #5a2323; --new: #154b29 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main, header { max-width: 1180px; margin: 0 auto; padding: 0 20px }
header { padding-top: 28px }
main { padding-bottom: 80px }
h1 { font-size: 25px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere }
h2 { font-size: 19px; margin: 42px 0 10px }
h3 { font-size: 15px; margin: 0 }
p { margin: 6px 0 }
a { color: var(--accent) }
.soft, figcaption, th { color: var(--soft) }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 16px 0 0; padding: 8px 0; border-block: 1px solid var(--line) }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0; padding: 0; list-style: none }
.tiles li { border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; min-width: 108px }
.tiles b { display: block; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums }
.tiles span { color: var(--soft); font-size: 13px }
.plots { display: flex; flex-wrap: wrap; gap: 14px }
figure { margin: 0; flex: 1 1 260px; max-width: 380px; border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px }
figcaption { font-size: 13px; display: flex; justify-content: space-between; gap: 10px }
svg { display: block; width: 100%; height: auto }
.bar { fill: var(--soft); opacity: .45 }
.this { fill: var(--accent); opacity: 1 }
.axis { stroke: var(--line) }
svg text { fill: var(--soft); font: 10px system-ui, sans-serif }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px }
.tall { max-height: 75vh; overflow: auto }
table { border-collapse: collapse; width: 100%; font-size: 14px }
th, td { text-align: start; vertical-align: top; padding: 6px 12px; border-bottom: 1px solid var(--line) }
th { position: sticky; top: 0; background: var(--ground); font-weight: 500; white-space: nowrap }
tr:last-child td { border-bottom: 0 }
td { max-width: 340px; overflow-wrap: anywhere }
.id { white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis }
.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap }
.chip { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 8px; font-size: 12px; line-height: 1.5; white-space: nowrap }
.approved, .completed { color: var(--good) } .flagged, .failed, .removed { color: var(--bad) } .edited, .added, .changed { color: var(--accent) }
.stale, .odd, .aborted, .running { color: var(--warn) } .unreviewed, .none { color: var(--soft) }
article { border: 1px solid var(--line); border-radius: 8px; margin: 12px 0; content-visibility: auto; contain-intrinsic-size: auto 260px }
article > * { padding: 10px 16px }
article > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; margin: 0; max-width: none; background: var(--ground);
  border-radius: 8px 8px 0 0; border-bottom: 1px solid var(--line) }
article:target { outline: 2px solid var(--accent) }
summary { cursor: pointer; color: var(--soft) }
dl { margin: 0 } dt { color: var(--soft); font-size: 13px; margin-top: 8px }
dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext }
dd code { font: 13px/1.5 ui-monospace, monospace }
blockquote { margin: 0 0 10px; padding-inline-start: 10px; border-inline-start: 3px solid var(--warn); white-space: pre-wrap; overflow-wrap: anywhere }
del { background: var(--gone); text-decoration-thickness: 1px } ins { background: var(--new); text-decoration: none }
.note { border: 1px solid var(--line); border-inline-start: 4px solid var(--warn); border-radius: 6px; padding: 8px 14px; margin: 14px 0 }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
@media (max-width: 560px) { main, header { padding-inline: 12px } .tiles li { flex: 1 1 40% } figure { max-width: none } }
@media print { .tall { max-height: none } nav { display: none } article { break-inside: avoid-page; content-visibility: visible } }
`

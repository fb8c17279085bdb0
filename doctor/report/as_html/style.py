"""How pages look: light and dark as the reader's system asks, narrow and wide, and on paper."""

from __future__ import annotations

_LIGHT = """
  --page: #f7f6f3; --card: #ffffff; --ink: #1d1f24; --soft: #5c606b; --line: #e0ddd6; --code: #f1efea;
  --error: #b3261e; --warning: #8a5a00; --note: #2a5db0; --fine: #1b6e3c;
  --error-back: #fdecea; --warning-back: #fdf3dc; --note-back: #e8f0fc; --fine-back: #e4f4e9;
  --t-cuda: #bfe3c6; --t-conda: #bcd7f5; --t-pip: #dcd3f4; --t-nobody: #dcdae2; --t-rest: #eceae5; --t-ink: #1d1f24;
  --o-0: #3f78c9; --o-1: #d98a29; --o-2: #3d9a62; --o-3: #9a62b8; --o-4: #b8534a; --o-5: #7d838f;
"""
_DARK = """
  --page: #14161a; --card: #1d2026; --ink: #e6e7ea; --soft: #9ca1ad; --line: #33373f; --code: #262a31;
  --error: #ff8f86; --warning: #f5c563; --note: #8fb8f6; --fine: #7fd6a0;
  --error-back: #3a1f1e; --warning-back: #352b16; --note-back: #1d2a40; --fine-back: #17301f;
  --t-cuda: #265c38; --t-conda: #28517f; --t-pip: #51437e; --t-nobody: #4a4755; --t-rest: #34373d; --t-ink: #f2f3f5;
  --o-0: #5b94e6; --o-1: #e9a24a; --o-2: #58b97e; --o-3: #b884d3; --o-4: #dc7a70; --o-5: #8b919d;
"""

STYLE = (
    f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
"""
    + """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", sans-serif; }
main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
footer { color: var(--soft); font-size: .85rem; padding-top: 1.5rem; padding-bottom: 2.5rem; }
header { padding: 2rem 0 .5rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: 1.02rem; line-height: 1.4; margin: .35rem 0 .5rem; overflow-wrap: anywhere; }
section > h3 { margin-top: 1.3rem; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
.what, .note, .soft { color: var(--soft); } .strong { font-weight: 600; }
.note { margin-bottom: .8rem; }
.verdict { border-radius: 12px; padding: 1rem 1.25rem; margin: 1.25rem 0 0; font-size: 1.25rem; font-weight: 650;
  overflow-wrap: anywhere; }
.verdict .mark { margin-right: .5rem; }
.verdict p { font-size: .95rem; font-weight: 400; color: var(--ink); margin: .35rem 0 0; }
.error { color: var(--error); } .warning { color: var(--warning); }
.note-level { color: var(--note); } .fine { color: var(--fine); }
.verdict.error { background: var(--error-back); } .verdict.warning { background: var(--warning-back); }
.verdict.note-level { background: var(--note-back); } .verdict.fine { background: var(--fine-back); }
article { background: var(--card); border: 1px solid var(--line); border-left-width: 5px; border-radius: 10px;
  padding: .9rem 1.1rem 1rem; margin: .8rem 0; break-inside: avoid-page; }
article.is-error { border-left-color: var(--error); } article.is-warning { border-left-color: var(--warning); }
article.is-note { border-left-color: var(--note); }
.label { display: flex; flex-wrap: wrap; gap: .2rem .7rem; font-size: .88rem; align-items: baseline; }
.label b { font-weight: 650; }
ul { margin: .4rem 0; padding-left: 1.15rem; } li { margin: .12rem 0; overflow-wrap: anywhere; }
code, pre { font: .86em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { color: var(--soft); overflow-wrap: anywhere; }
pre { background: var(--code); border-radius: 8px; padding: .6rem .8rem; margin: .5rem 0; overflow-x: auto; }
.fix { border-top: 1px solid var(--line); margin-top: .7rem; padding-top: .55rem; }
.fix .how { font-weight: 600; }
.tag { font-size: .8rem; color: var(--soft); border: 1px solid var(--line); border-radius: 99px; padding: .05rem .55rem;
  white-space: nowrap; font-weight: 400; margin-left: .35rem; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--soft); }
summary:hover { color: var(--ink); } :focus-visible { outline: 2px solid var(--note); outline-offset: 3px; }
.bar { display: flex; height: 1.15rem; border-radius: 6px; overflow: hidden; margin: .6rem 0 .5rem; gap: 2px; }
.bar span { min-width: 3px; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; list-style: none; padding: 0; margin: .3rem 0 1rem;
  font-size: .92rem; }
.legend li { display: flex; gap: .45rem; align-items: baseline; }
.key { width: .8rem; height: .8rem; border-radius: 3px; flex: none; transform: translateY(.08rem); }
.wide { overflow-x: auto; margin-bottom: .8rem; }
table { border-collapse: collapse; font-size: .93rem; min-width: 60%; }
th, td { text-align: left; padding: .3rem 1.4rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
thead th { color: var(--soft); font-weight: 500; } tbody th { font-weight: 500; }
svg.map { display: block; width: 100%; height: auto; } svg.narrow { display: none; }
svg text { fill: var(--t-ink); font: 13px system-ui, "Segoe UI", sans-serif; } svg text.name { font-weight: 600; }
svg.map rect { stroke: var(--page); stroke-width: 2; }
figure { margin: .8rem 0; } figure svg { display: block; min-width: 38rem; }
.t-cuda { fill: var(--t-cuda); background: var(--t-cuda); }
.t-conda { fill: var(--t-conda); background: var(--t-conda); }
.t-pip { fill: var(--t-pip); background: var(--t-pip); } .t-rest { fill: var(--t-rest); background: var(--t-rest); }
.t-nobody { fill: var(--t-nobody); background: var(--t-nobody); }
.s-own { background: var(--o-0); }
.s-shared { background: repeating-linear-gradient(135deg, var(--o-0) 0 3px, transparent 3px 7px); }
.o-0 { background: var(--o-0); } .o-1 { background: var(--o-1); } .o-2 { background: var(--o-2); }
.o-3 { background: var(--o-3); } .o-4 { background: var(--o-4); } .o-5 { background: var(--o-5); }
.origin { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; margin: .7rem 0; }
.origin .bar { grid-column: 1 / -1; height: .6rem; margin: .25rem 0; }
.origin p { grid-column: 1 / -1; font-size: .9rem; margin: 0; }
@media (max-width: 640px) {
  main, footer { padding: 0 .9rem; } h1 { font-size: 1.4rem; } .verdict { font-size: 1.1rem; padding: .8rem 1rem; }
  article { padding: .8rem .85rem; }
  svg.broad { display: none; } svg.narrow { display: block; }
}
@media print {
  body { background: #fff; font-size: 11pt; } main, footer { max-width: none; padding: 0; }
  details::details-content { content-visibility: visible; height: auto; } summary { list-style: none; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; } article, svg, .bar { break-inside: avoid; }
  .bar, .verdict, rect, .key { print-color-adjust: exact; }
}
"""
)

// HTML that is safe by construction: whatever is put into a template is escaped, unless it is markup itself.
export interface Markup {
  readonly text: string;
}

type Piece = string | number | Markup | readonly Markup[];

export function markup(parts: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return { text: parts.reduce((text, part, index) => text + textOf(pieces[index - 1] ?? "") + part) };
}

function textOf(piece: Piece): string {
  if (typeof piece === "object") return "text" in piece ? piece.text : piece.map(({ text }) => text).join("");
  return String(piece).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A whole page, in light or dark as the reader's system has it. */
export function page(title: string, body: Markup): Markup {
  const head = markup`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>`;
  const foot = markup`<footer class="quiet">Local GitHub: it stands in for github.com on this machine.</footer></main></html>`;
  return { text: `${head.text}${STYLE}</style>\n<main>${body.text}\n${foot.text}\n` };
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d1d9e0, #3d444d); --soft: light-dark(#f6f8fa, #151b23);
  --quiet: light-dark(#59636e, #9198a1); --add: light-dark(#dafbe1, #12331f); --del: light-dark(#ffebe9, #3c1618);
  --hunk: light-dark(#ddf4ff, #121d2f); --link: light-dark(#0969da, #4493f8); }
body { margin: 0; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #f0f6fc);
  font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 26px; font-weight: 500; margin: 4px 0 12px; } h2 { font-size: 15px; margin: 20px 0 8px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, table { font: 12.5px/1.6 ui-monospace, Menlo, Consolas, monospace; }
code { background: var(--soft); border-radius: 4px; padding: 2px 5px; }
.quiet { color: var(--quiet); font-weight: 400; } .added { color: light-dark(#1a7f37, #3fb950); }
.removed { color: light-dark(#d1242f, #f85149); }
.badge { color: #fff; border-radius: 2em; padding: 3px 11px; font-size: 13px; font-weight: 500; }
.open { background: #1f883d; } .merged { background: #8250df; } .closed { background: #cf222e; } .draft { background: #59636e; }
.label { border: 1px solid var(--line); border-radius: 2em; padding: 1px 9px; font-size: 12px; }
.box { border: 1px solid var(--line); border-radius: 6px; margin: 12px 0; padding: 0 14px 12px; overflow: hidden; }
.box h2 { margin: 10px 0 6px; } .text { overflow-wrap: anywhere; }
.text p, .text ul, .text pre { margin: 6px 0; } .text p { white-space: pre-line; } .text h3 { font-size: 15px; margin: 12px 0 4px; }
.text pre { background: var(--soft); border-radius: 6px; padding: 10px 12px; overflow-x: auto; font: 12.5px/1.6 ui-monospace, Menlo, Consolas, monospace; }
.plain { list-style: none; margin: 0; padding: 0; } .plain li { padding: 4px 0; }
.note { background: var(--hunk); border-radius: 6px; padding: 8px 12px; }
.file { padding: 0; } summary { background: var(--soft); padding: 8px 14px; cursor: pointer; } .file p { padding: 0 14px; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; } tbody { display: table; width: 100%; }
td { padding: 0 8px; white-space: pre; vertical-align: top; }
td:nth-child(-n+2) { width: 1%; min-width: 36px; text-align: right; color: var(--quiet); user-select: none; }
.addition { background: var(--add); } .deletion { background: var(--del); }
.hunk { background: var(--hunk); color: var(--quiet); } .note td { color: var(--quiet); }
footer { margin: 40px 0 0; font-size: 13px; }
`;

// A file of a message: name, size, the first lines of a text, and the way into the viewer.
import { useState } from "react";
import type { WorkspaceFile } from "../slack/contract.ts";
import { diffLinesOf, isPatch } from "./diff.ts";
import { DiffLines } from "./diff-lines.tsx";
import { isText, useFileText } from "./file-text.ts";
import { Icon } from "./icon.tsx";
import { Viewer } from "./viewer.tsx";

/** Larger files are read only when somebody opens them. */
const MAX_PREVIEW_BYTES = 200_000;
const PREVIEW_LINES = 7;

export function FileCard({ file }: { file: WorkspaceFile }) {
  const [open, setOpen] = useState(false);
  const canShow = isText(file);
  const { text } = useFileText(canShow && file.size <= MAX_PREVIEW_BYTES ? file : undefined);
  const head = (
    <>
      <span className={`file-icon${isPatch(file.name) ? " patch" : ""}`}>
        <Icon name="file" size={20} />
      </span>
      <span className="file-name">
        <b>{file.title || file.name}</b>
        <small>
          {isPatch(file.name) ? "Patch" : "File"} · {readableSize(file.size)}
        </small>
      </span>
    </>
  );
  return (
    <div className="file-card">
      <div className="file-head">
        {canShow ? (
          <button
            type="button"
            className="file-open"
            aria-label={`Open ${file.name}`}
            onClick={() => setOpen(true)}
          >
            {head}
          </button>
        ) : (
          <span className="file-open">{head}</span>
        )}
        <a
          className="file-download"
          href={file.path}
          download={file.name}
          aria-label={`Download ${file.name}`}
        >
          <Icon name="download" size={18} />
        </a>
      </div>
      {text !== undefined && (
        // A second, larger target for the pointer; the keyboard has the button above.
        <div className="file-preview" aria-hidden="true" onClick={() => setOpen(true)}>
          <DiffLines lines={firstLines(file.name, text)} />
        </div>
      )}
      {open && <Viewer file={file} onClose={() => setOpen(false)} />}
    </div>
  );
}

function firstLines(name: string, text: string) {
  if (!isPatch(name)) {
    return text.split("\n", PREVIEW_LINES).map((line) => ({ kind: "context" as const, text: line }));
  }
  // A patch begins with a mail header; what changed begins at its first hunk.
  const start = Math.max(0, text.search(/^@@/m));
  return diffLinesOf(text.slice(start).split("\n", PREVIEW_LINES).join("\n"));
}

/** A size as people read it, for example 12 kB. */
export function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [amount, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${amount < 10 ? amount.toFixed(1).replace(/\.0$/, "") : Math.round(amount)} ${unit}`;
}

// Shows a file in full: a patch with its files and colours, any other text with line numbers.
import { useId, useMemo, useState } from "react";
import type { WorkspaceFile } from "../slack/contract.ts";
import { Dialog } from "./dialog.tsx";
import { type DiffFile, isPatch, parseDiff } from "./diff.ts";
import { DiffLines } from "./diff-lines.tsx";
import { readableSize } from "./file-card.tsx";
import { useFileText } from "./file-text.ts";
import { Icon } from "./icon.tsx";
import { ScrollBox } from "./scroll-box.tsx";

/** More at once would make the browser slow; the rest follows when asked for. */
const STEP_LINES = 3000;

export function Viewer({ file, onClose }: { file: WorkspaceFile; onClose(): void }) {
  const id = useId();
  const { text, problem } = useFileText(file);
  const [most, setMost] = useState(STEP_LINES);
  const files = useMemo(() => (text !== undefined ? filesOf(file.name, text) : []), [file.name, text]);
  const shown = useMemo(() => upTo(files, most), [files, most]);
  const total = files.reduce((sum, { lines }) => sum + lines.length, 0);
  const drawn = shown.reduce((sum, { lines }) => sum + lines.length, 0);
  return (
    <Dialog className="viewer" labelledBy={id} onClose={onClose}>
      <header className="viewer-head">
        <span className={`file-icon${isPatch(file.name) ? " patch" : ""}`}>
          <Icon name="file" size={20} />
        </span>
        <div className="file-name">
          <h2 id={id}>{file.name}</h2>
          <small>
            {readableSize(file.size)}
            {isPatch(file.name) && text !== undefined && <Counts files={files} />}
          </small>
        </div>
        <a className="button" href={file.path} download={file.name}>
          <Icon name="download" /> Download
        </a>
        <button
          type="button"
          className="button icon-only"
          aria-label="Close"
          data-autofocus
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <ScrollBox className="viewer-body" label={`Content of ${file.name}`}>
        {problem && <p className="problem">{problem}</p>}
        {text === undefined && !problem && <p className="loading">Loading…</p>}
        {shown.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a patch can name one path twice.
          <section key={index} className="viewer-file">
            {part.path && (
              <h3>
                {part.path}
                <span className="plus">+{part.added}</span>
                <span className="minus">−{part.removed}</span>
              </h3>
            )}
            <DiffLines lines={part.lines} numbers />
          </section>
        ))}
        {drawn < total && (
          <button type="button" className="button" onClick={() => setMost(most + STEP_LINES)}>
            Show more ({total - drawn} lines are left)
          </button>
        )}
      </ScrollBox>
    </Dialog>
  );
}

function Counts({ files }: { files: DiffFile[] }) {
  const sum = (count: (file: DiffFile) => number) => files.reduce((total, file) => total + count(file), 0);
  return (
    <>
      {" · "}
      {files.length === 1 ? "1 file" : `${files.length} files`}
      <span className="plus">+{sum(({ added }) => added)}</span>
      <span className="minus">−{sum(({ removed }) => removed)}</span>
    </>
  );
}

function filesOf(name: string, text: string): DiffFile[] {
  const files = isPatch(name) ? parseDiff(text) : [];
  if (files.length > 0) return files;
  const lines = text.replace(/\n$/, "").split("\n");
  return [
    {
      path: "",
      added: 0,
      removed: 0,
      lines: lines.map((line, index) => ({ kind: "context", text: line, newLine: index + 1 })),
    },
  ];
}

function upTo(files: DiffFile[], most: number): DiffFile[] {
  let left = most;
  return files.flatMap((file) => {
    const lines = file.lines.slice(0, left);
    left -= lines.length;
    return lines.length > 0 ? [{ ...file, lines }] : [];
  });
}

// Draws lines of a diff with their colours and, where they are known, their numbers.
import type { DiffLine } from "./diff.ts";

export function DiffLines({ lines, numbers = false }: { lines: DiffLine[]; numbers?: boolean }) {
  return (
    <div className={numbers ? "diff numbered" : "diff"}>
      <div className="diff-rows">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a text never change their order.
          <div key={index} className={`diff-line ${line.kind}-line`}>
            {numbers && (
              <>
                <span className="line-number" data-line={line.oldLine} />
                <span className="line-number" data-line={line.newLine} />
              </>
            )}
            <span className="line-text">{line.text || " "}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

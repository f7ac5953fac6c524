// Tables; their plain cells are shown as they are, which the library would read as mrkdwn.
import type { DataTableBlock, TableBlock } from "@slack/types";
import { useState } from "react";
import { RichText } from "./rich-text.tsx";
import { ScrollBox } from "./scroll-box.tsx";

type Cell = TableBlock["rows"][number][number];

export function Table({ block }: { block: TableBlock }) {
  const [head = [], ...body] = block.rows;
  const columns = block.column_settings ?? [];
  const styleOf = (column: number) => ({
    textAlign: columns[column]?.align ?? "left",
    whiteSpace: columns[column]?.is_wrapped ? ("normal" as const) : ("nowrap" as const),
  });
  return <Grid head={head} body={body} styleOf={styleOf} />;
}

export function DataTable({ block }: { block: DataTableBlock }) {
  const [page, setPage] = useState(0);
  const { caption, page_size: size = 5, row_header_column_index: named = 0 } = block;
  const [head = [], ...body] = block.rows;
  const pages = Math.max(1, Math.ceil(body.length / size));
  return (
    <div className="data-table">
      <Grid head={head} body={body.slice(page * size, (page + 1) * size)} caption={caption} named={named} />
      {pages > 1 && (
        <div className="pages">
          <button type="button" className="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <span>
            {page + 1} of {pages}
          </span>
          <button
            type="button"
            className="button"
            disabled={page === pages - 1}
            onClick={() => setPage(page + 1)}
          >
            Next
          </button>
        </div>
      )}
    </div>
  );
}

interface GridProps {
  head: Cell[];
  body: Cell[][];
  caption?: string;
  /** Column whose cells name their row. */
  named?: number;
  styleOf?(column: number): React.CSSProperties;
}

function Grid({ head, body, caption, named, styleOf }: GridProps) {
  return (
    <ScrollBox className="table-box" label={caption ?? "Table"}>
      <table>
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>
            {head.map((cell, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no identity but their place.
              <th key={column} scope="col" style={styleOf?.(column)}>
                <CellContent cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above.
            <tr key={index}>
              {row.map((cell, column) => {
                const Tag = column === named ? "th" : "td";
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                  <Tag key={column} scope={column === named ? "row" : undefined} style={styleOf?.(column)}>
                    <CellContent cell={cell} />
                  </Tag>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function CellContent({ cell }: { cell: Cell }) {
  return cell.type === "rich_text" ? <RichText block={cell} /> : cell.text;
}

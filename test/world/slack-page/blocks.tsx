// Draws the blocks of a message, a form or a home: what is pressed is ours, what is only read the library draws.
import type { AnyBlock, ContextBlock, KnownBlock, SectionBlock } from "@slack/types";
import { ActionElement, Actions, ContextActions } from "./actions.tsx";
import { Alert, Card, Carousel, Container } from "./card.tsx";
import { InputField } from "./inputs/input-block.tsx";
import { Plan, TaskCard } from "./plan.tsx";
import { LibraryDrawn, MarkdownText, RichText, Text } from "./rich-text.tsx";
import { DataTable, Table } from "./table.tsx";

export function Blocks({ blocks }: { blocks: AnyBlock[] }) {
  return (
    <div className="blocks">
      {blocks.map((block, index) => (
        <div
          key={block.block_id ?? index}
          className={`block block-${block.type}`}
          data-block-id={block.block_id}
        >
          <BlockContent block={block as KnownBlock} />
        </div>
      ))}
    </div>
  );
}

function BlockContent({ block }: { block: KnownBlock }) {
  switch (block.type) {
    case "section":
      return <Section block={block} />;
    case "context":
      return <Context block={block} />;
    case "header":
      return (
        <h3>
          <Text text={block.text} />
        </h3>
      );
    case "divider":
      return <hr />;
    case "rich_text":
      return <RichText block={block} />;
    case "markdown":
      return <MarkdownText text={block.text} />;
    case "actions":
      return <Actions block={block} />;
    case "context_actions":
      return <ContextActions block={block} />;
    case "input":
      return <InputField block={block} />;
    case "plan":
      return <Plan block={block} />;
    case "task_card":
      return <TaskCard task={block} />;
    case "table":
      return <Table block={block} />;
    case "data_table":
      return <DataTable block={block} />;
    case "alert":
      return <Alert block={block} />;
    case "card":
      return <Card block={block} />;
    case "carousel":
      return <Carousel block={block} />;
    case "container":
      return <Container block={block} content={(children) => <Blocks blocks={children} />} />;
    case "image":
    case "video":
    case "file":
      return <LibraryDrawn block={block} />;
    default:
      return (
        <p className="unsupported">A block of the type {(block as AnyBlock).type} cannot be shown here.</p>
      );
  }
}

function Section({ block }: { block: SectionBlock }) {
  const { text, fields, accessory } = block;
  return (
    <div className="section">
      <div className="section-text">
        {text && <Text text={text} />}
        {fields && (
          <div className="fields">
            {fields.map((field, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the fields of a section have no other identity.
              <Text key={index} text={field} />
            ))}
          </div>
        )}
      </div>
      {accessory && (
        <div className="accessory">
          {accessory.type === "image" ? (
            <LibraryDrawn block={{ type: "context", elements: [accessory] }} />
          ) : (
            <ActionElement blockId={block.block_id ?? ""} element={accessory} />
          )}
        </div>
      )}
    </div>
  );
}

function Context({ block }: { block: ContextBlock }) {
  return (
    <div className="context">
      {block.elements.map((element, index) =>
        element.type === "image" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the elements of a context have no other identity.
          <LibraryDrawn key={index} block={{ type: "context", elements: [element] }} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <Text key={index} text={element} />
        ),
      )}
    </div>
  );
}

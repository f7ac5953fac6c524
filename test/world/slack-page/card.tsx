// Blocks with a frame: alerts, cards, carousels and containers.
import type {
  AlertBlock,
  AnyBlock,
  CardBlock,
  CarouselBlock,
  ContainerBlock,
  ImageElement,
} from "@slack/types";
import { type ReactNode, useState } from "react";
import { ButtonElement } from "./actions.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { LibraryDrawn, RichText, Text } from "./rich-text.tsx";
import { ScrollBox } from "./scroll-box.tsx";

const LEVELS: Record<NonNullable<AlertBlock["level"]>, { icon: IconName; name: string }> = {
  default: { icon: "info", name: "Note" },
  info: { icon: "info", name: "Information" },
  warning: { icon: "warning", name: "Warning" },
  error: { icon: "error", name: "Error" },
  success: { icon: "success", name: "Success" },
};

export function Alert({ block }: { block: AlertBlock }) {
  const level = block.level ?? "default";
  return (
    <section className={`alert ${level}`} aria-label={LEVELS[level].name}>
      <Icon name={LEVELS[level].icon} size={18} />
      <Text text={block.text} />
    </section>
  );
}

export function Card({ block }: { block: CardBlock }) {
  const { hero_image: hero, icon, title, subtitle, body, actions = [] } = block;
  return (
    <article className="card" aria-label={title?.text}>
      {hero && <Image image={hero} />}
      <div className="card-head">
        {icon && <Image image={icon} />}
        <div>
          {title && (
            <div className="card-title">
              <Text text={title} />
            </div>
          )}
          {subtitle && (
            <div className="card-subtitle">
              <Text text={subtitle} />
            </div>
          )}
        </div>
      </div>
      {body && <Text text={body} />}
      {actions.length > 0 && (
        <div className="actions">
          {actions.map((button, index) => (
            <ButtonElement key={button.action_id ?? index} blockId={block.block_id ?? ""} element={button} />
          ))}
        </div>
      )}
    </article>
  );
}

export function Carousel({ block }: { block: CarouselBlock }) {
  return (
    <ScrollBox className="carousel" label="Cards">
      {block.elements.map((card, index) => (
        <Card key={card.block_id ?? index} block={{ ...card, block_id: card.block_id ?? block.block_id }} />
      ))}
    </ScrollBox>
  );
}

interface ContainerProps {
  block: ContainerBlock;
  /** Draws the blocks inside, which can be of most types. */
  content(blocks: AnyBlock[]): ReactNode;
}

export function Container({ block, content }: ContainerProps) {
  const {
    title,
    rich_text_title: richTitle,
    subtitle,
    icon,
    width = "standard",
    is_collapsible: collapsible,
  } = block;
  const [open, setOpen] = useState(!(collapsible && block.default_collapsed));
  const head = (
    <>
      {icon && <Image image={icon} />}
      <span className="container-title">
        {richTitle ? <RichText block={richTitle} /> : title && <Text text={title} />}
        {subtitle && (
          <small>
            <Text text={subtitle} />
          </small>
        )}
      </span>
    </>
  );
  return (
    <section
      className={`container ${width}${block.has_header_divider ? " divided" : ""}`}
      aria-label={title?.text}
    >
      {collapsible ? (
        <button type="button" className="container-head" aria-expanded={open} onClick={() => setOpen(!open)}>
          {head}
          <Icon name="chevron" />
        </button>
      ) : (
        <div className="container-head">{head}</div>
      )}
      {open && <div className="container-content">{content(block.child_blocks)}</div>}
    </section>
  );
}

function Image({ image }: { image: ImageElement }) {
  return <LibraryDrawn block={{ type: "context", elements: [image] }} />;
}

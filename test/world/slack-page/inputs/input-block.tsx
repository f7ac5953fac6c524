// An input block: label, field, hint, and what is wrong with it.
import type { InputBlock } from "@slack/types";
import { useId } from "react";
import { Icon } from "../icon.tsx";
import { useSurface } from "../surface.tsx";
import { Field } from "./element.tsx";

export function InputField({ block }: { block: InputBlock }) {
  const { problems } = useSurface();
  const id = useId();
  const blockId = block.block_id ?? "";
  const problem = problems[blockId];
  const { element, label, hint } = block;
  const describedBy = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div className={problem ? "field invalid" : "field"}>
      <label id={`${id}-label`} htmlFor={id}>
        {label.text} {block.optional && <span className="optional">(optional)</span>}
      </label>
      <Field
        element={element}
        at={{
          blockId,
          actionId: element.action_id ?? "",
          confirm: "confirm" in element ? element.confirm : undefined,
        }}
        id={id}
        label={label.text}
        labelledBy={`${id}-label`}
        describedBy={describedBy || undefined}
        invalid={problem !== undefined}
        optional={block.optional === true}
        dispatch={block.dispatch_action === true}
      />
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint.text}
        </p>
      )}
      {problem && (
        <p className="problem" id={`${id}-problem`} role="alert">
          <Icon name="error" /> {problem}
        </p>
      )}
    </div>
  );
}

// The message box: Enter sends, Shift and Enter begin a new line, a slash or an at sign offers what fits.
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { complete, type Suggestion, suggestionsFor } from "./suggestions.ts";
import { useActions, useDirectory } from "./workspace.tsx";

interface ComposerProps {
  channel: string;
  threadTs?: string;
  label: string;
  autoFocus?: boolean;
}

export function Composer({ channel, threadTs, label, autoFocus }: ComposerProps) {
  const { ask } = useActions();
  const directory = useDirectory();
  const [text, setText] = useState("");
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const [sending, setSending] = useState(0);
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const offers = dismissed ? [] : suggestionsFor(text.slice(0, caret), directory);
  const offer = offers[Math.min(active, offers.length - 1)];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.style.height = "auto";
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [text]);
  useLayoutEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);

  const write = (next: string, at: number) => {
    setText(next);
    setCaret(at);
    setActive(0);
    setDismissed(false);
    setProblem("");
  };
  const accept = (chosen: Suggestion) => {
    const before = complete(text.slice(0, caret), chosen);
    write(before + text.slice(caret), before.length);
    setDismissed(true);
    field.current?.focus();
  };
  const send = async () => {
    const typed = text.trim();
    if (!typed) return;
    write("", 0);
    setSending((count) => count + 1);
    const error = await ask("send", { channel, text: typed, threadTs }).then(
      (answer) => answer.error,
      (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
    );
    setSending((count) => count - 1);
    if (!error) return;
    setProblem(error);
    // Nothing typed is lost, unless something new stands there already.
    setText((now) => now || typed);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.nativeEvent.isComposing) return;
    if (offer && move !== undefined) {
      event.preventDefault();
      setActive((active + move + offers.length) % offers.length);
    } else if (offer && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      setDismissed(true);
    } else if (
      offer &&
      (event.key === "Tab" || (event.key === "Enter" && offer.insert.trim() !== text.trim()))
    ) {
      event.preventDefault();
      accept(offer);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  };

  return (
    <div className="composer-area">
      {offers.length > 0 && (
        <div className="offers" role="listbox" id={`${id}-offers`} aria-label="Suggestions">
          {offers.map((found, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the box holds the focus and has the keys.
            <div
              key={found.user}
              id={`${id}-offer-${index}`}
              role="option"
              aria-selected={found === offer}
              className="offer"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => accept(found)}
            >
              <Avatar user={found.user} size={24} />
              <b>{found.title}</b>
              <span>{found.description}</span>
            </div>
          ))}
        </div>
      )}
      {problem && (
        <p className="problem" id={`${id}-problem`} role="alert">
          <Icon name="warning" /> {problem}
        </p>
      )}
      <div className={problem ? "composer invalid" : "composer"}>
        <textarea
          ref={field}
          rows={1}
          aria-label={label}
          aria-autocomplete="list"
          aria-controls={offer ? `${id}-offers` : undefined}
          aria-activedescendant={offer ? `${id}-offer-${offers.indexOf(offer)}` : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          placeholder={label}
          value={text}
          onChange={({ target }) => write(target.value, target.selectionStart)}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        <div className="composer-foot">
          <span className="composer-hint">
            {text && (
              <>
                <b>Shift + Enter</b> for a new line
              </>
            )}
          </span>
          <button
            type="button"
            className={text.trim() ? "send ready" : "send"}
            aria-label="Send now"
            disabled={!text.trim() && sending === 0}
            onClick={() => void send()}
          >
            {sending > 0 ? <span className="spinner" /> : <Icon name="send" size={18} />}
          </button>
        </div>
      </div>
    </div>
  );
}

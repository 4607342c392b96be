import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { sentenceOf } from "~/api/http";
import { word } from "~/i18n/words";

interface DialogProps {
  title: string;
  children?: ComponentChildren;
  /** The word on the button that does it. Without it there is only a button that closes. */
  action?: string;
  danger?: boolean;
  /** What the button does; the dialog stays, and shows the sentence, when it throws. */
  onAction?: () => Promise<void> | void;
  onClose: () => void;
}

/** A question over the page; Escape and a click outside close it. */
export function Dialog({ title, children, action, danger, onAction, onClose }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  useEffect(() => {
    if (element.current && !element.current.open) element.current.showModal();
  }, []);
  const act = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFault("");
    try {
      await onAction?.();
      onClose();
    } catch (error) {
      setFault(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <form onSubmit={act}>
        <div class="dialog-body">
          <h2 id={heading}>{title}</h2>
          {children}
          {fault ? (
            <div class="notice bad" role="alert">
              {fault}
            </div>
          ) : null}
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {word("close")}
          </button>
          {action ? (
            <button type="submit" class={danger ? "button danger" : "button primary"} disabled={busy}>
              {action}
            </button>
          ) : null}
        </div>
      </form>
    </dialog>
  );
}

import type { ComponentChildren, JSX } from "preact";
import { ApiError, sentenceOf } from "~/api/http";
import { word } from "~/i18n/words";

/** What went wrong, as the engine said it, and a way to try again. */
export function ErrorNotice({
  error,
  onRetry,
}: {
  error: unknown;
  onRetry?: () => void;
}): JSX.Element | null {
  if (!error) return null;
  const fields = error instanceof ApiError ? error.fields : [];
  return (
    <div class="notice bad" role="alert">
      <span>{sentenceOf(error)}</span>
      {fields.length > 1 ? (
        <ul>
          {fields.map((fault) => (
            <li key={`${fault.field} ${fault.description}`}>
              <code>{fault.field}</code>: {fault.description}
            </li>
          ))}
        </ul>
      ) : null}
      {onRetry ? (
        <button type="button" class="button small" onClick={onRetry}>
          {word("retry")}
        </button>
      ) : null}
    </div>
  );
}

/** An empty place, and what would fill it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading(): JSX.Element {
  return (
    <p class="empty" role="status">
      {word("loading")}
    </p>
  );
}

import { Component, type ComponentChildren } from "preact";
import { word } from "~/i18n/words";
import { t } from "./messages";

interface Props {
  /** Another address begins anew. */
  address: string;
  children: ComponentChildren;
}

/** Catches what a page throws while it is drawn, so that the rest of the console stays. */
export class BrokenPage extends Component<Props, { fault?: unknown; address?: string }> {
  override componentDidCatch(fault: unknown): void {
    console.error(fault);
    this.setState({ fault, address: this.props.address });
  }

  override render() {
    if (this.state.fault === undefined || this.state.address !== this.props.address)
      return this.props.children;
    return (
      <div class="notice bad" role="alert">
        <strong>{t("broken")}</strong>
        <span>{t("brokenHint")}</span>
        <code>{String(this.state.fault)}</code>
        <button type="button" class="button small" onClick={() => window.location.reload()}>
          {word("retry")}
        </button>
      </div>
    );
  }
}

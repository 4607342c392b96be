import type { JSX } from "preact";
import { Icon, type IconName } from "./icons";

export interface Look {
  tone: string;
  icon: IconName;
}

/** A state by word, colour and drawing. */
export const Badge = ({ tone, icon, state, name }: Look & { state?: string; name: string }): JSX.Element => (
  <span class={`badge ${tone}`} data-state={state}>
    <Icon name={icon} size={13} />
    {name}
  </span>
);

import type { ComponentChildren, JSX } from "preact";

interface FactProps {
  name: string;
  mono?: boolean;
  children: ComponentChildren;
}

/** A line of a list of facts: what it is called and what it is. */
export const Fact = ({ name, mono, children }: FactProps): JSX.Element => (
  <>
    <dt>{name}</dt>
    <dd class={mono ? "mono" : undefined}>{children}</dd>
  </>
);

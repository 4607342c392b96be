import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function SystemPage(): JSX.Element {
  return <Loading />;
}

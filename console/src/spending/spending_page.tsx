import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function SpendingPage(): JSX.Element {
  return <Loading />;
}

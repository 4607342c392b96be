import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function JobsPage(): JSX.Element {
  return <Loading />;
}

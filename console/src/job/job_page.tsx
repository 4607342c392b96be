import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function JobPage(): JSX.Element {
  return <Loading />;
}

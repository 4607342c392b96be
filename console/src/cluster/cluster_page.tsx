import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function ClusterPage(): JSX.Element {
  return <Loading />;
}

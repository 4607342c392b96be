import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function LogPage(): JSX.Element {
  return <Loading />;
}

import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function StoragePage(): JSX.Element {
  return <Loading />;
}

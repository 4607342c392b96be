import type { JSX } from "preact";
import { Loading } from "~/ui/notices";

export function SubmitPage(): JSX.Element {
  return <Loading />;
}

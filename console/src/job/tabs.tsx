import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";

interface TabsProps<Name extends string> {
  label: string;
  names: readonly Name[];
  textOf: (name: Name) => string;
  chosen: Name;
  onChoose: (name: Name) => void;
  children: ComponentChildren;
}

/** Tabs as WAI-ARIA describes them: arrows go from one to the next. */
export function Tabs<Name extends string>(props: TabsProps<Name>): JSX.Element {
  const { names, chosen, onChoose } = props;
  const list = useRef<HTMLDivElement>(null);
  const go = (event: KeyboardEvent) => {
    const at = names.indexOf(chosen);
    const to = {
      ArrowRight: (at + 1) % names.length,
      ArrowLeft: (at + names.length - 1) % names.length,
      Home: 0,
      End: names.length - 1,
    }[event.key];
    const name = to === undefined ? undefined : names[to];
    if (name === undefined) return;
    event.preventDefault();
    onChoose(name);
    list.current?.querySelector<HTMLElement>(`#tab-${name}`)?.focus();
  };
  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-label={props.label} onKeyDown={go}>
        {names.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === chosen}
            aria-controls="tab-panel"
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => onChoose(name)}
          >
            {props.textOf(name)}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${chosen}`}>
        {props.children}
      </div>
    </>
  );
}

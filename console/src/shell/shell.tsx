import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { pages } from "~/api/resources";
import { language } from "~/i18n/language";
import iconAddress from "~/icon.svg";
import { Icon, type IconName } from "~/ui/icons";
import { Toasts } from "~/ui/toasts";
import { useProject } from "~/ui/use_query";
import { BrokenPage } from "./broken_page";
import { GoneBanner } from "./gone_banner";
import { t } from "./messages";
import { ProjectPicker } from "./project_picker";
import { Settings } from "./settings";

interface Entry {
  path: string;
  icon: IconName;
  name: Parameters<typeof t>[0];
}

const entries: Entry[] = [
  { path: "/", icon: "jobs", name: "jobs" },
  { path: "/models", icon: "models", name: "models" },
  { path: "/storage", icon: "storage", name: "storage" },
  { path: "/prices", icon: "prices", name: "prices" },
  { path: "/cluster", icon: "cluster", name: "cluster" },
  { path: "/system", icon: "system", name: "system" },
];

const isOf = (entry: string, path: string) =>
  entry === "/" ? path === "/" || path === "/submit" || path.startsWith("/jobs") : path.startsWith(entry);

/** The frame of every page. */
export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const [path] = useLocation();
  const project = useProject();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Another page begins at its top, and a screen reader at its beginning.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for another path
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  useEffect(() => {
    document.documentElement.lang = language.value;
  });
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {t("skip")}
      </a>
      <nav aria-label={t("pages")}>
        <Link class="brand" href={pages.jobs(project)} aria-label="mlengine">
          <img src={iconAddress} alt="" />
          <span>mlengine</span>
        </Link>
        {entries.map((entry) => (
          <Link
            key={entry.path}
            class="page"
            href={`${entry.path}?project=${encodeURIComponent(project)}`}
            aria-current={isOf(entry.path, path) ? "page" : undefined}
          >
            <Icon name={entry.icon} size={18} />
            {t(entry.name)}
          </Link>
        ))}
      </nav>
      <header>
        <ProjectPicker />
        <span class="spread" />
        <Settings />
      </header>
      <main id="content" ref={main} tabIndex={-1}>
        <GoneBanner />
        <BrokenPage address={path}>{children}</BrokenPage>
      </main>
      <Toasts />
    </div>
  );
}

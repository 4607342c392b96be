import type { ComponentType, JSX } from "preact";
import { Link, Route, Router, Switch } from "wouter-preact";
import { JobsPage } from "~/jobs/jobs_page";
import { LazyPage } from "~/shell/lazy_page";
import { t } from "~/shell/messages";
import { Shell } from "~/shell/shell";

// Pages whose programs come when they are first looked at. One function each, so that a page is the same one at every drawing.
const lazyPages: [string, () => Promise<ComponentType>][] = [
  ["/jobs/:job", () => import("~/job/job_page").then((file) => file.JobPage)],
  ["/jobs/:job/log", () => import("~/logs/log_page").then((file) => file.LogPage)],
  ["/submit", () => import("~/submit/submit_page").then((file) => file.SubmitPage)],
  ["/models", () => import("~/models/models_page").then((file) => file.ModelsPage)],
  ["/models/:model", () => import("~/models/model_page").then((file) => file.ModelPage)],
  ["/storage/*?", () => import("~/storage/storage_page").then((file) => file.StoragePage)],
  ["/prices", () => import("~/spending/spending_page").then((file) => file.SpendingPage)],
  ["/cluster", () => import("~/cluster/cluster_page").then((file) => file.ClusterPage)],
  ["/system", () => import("~/system/system_page").then((file) => file.SystemPage)],
];

/** Every page of the console and its address, below /ui. */
export function App(): JSX.Element {
  return (
    <Router base="/ui">
      <Shell>
        <Switch>
          <Route path="/" component={JobsPage} />
          <Route path="/jobs" component={JobsPage} />
          {lazyPages.map(([path, load]) => (
            <Route key={path} path={path}>
              <LazyPage load={load} />
            </Route>
          ))}
          <Route>
            <div class="empty">
              <h1>{t("noPage")}</h1>
              <p>{t("noPageHint")}</p>
              <p>
                <Link href="/">{t("jobs")}</Link>
              </p>
            </div>
          </Route>
        </Switch>
      </Shell>
    </Router>
  );
}

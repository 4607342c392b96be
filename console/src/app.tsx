import type { JSX } from "preact";
import { Link, Route, Router, Switch } from "wouter-preact";
import { JobsPage } from "~/jobs/jobs_page";
import { LazyPage } from "~/shell/lazy_page";
import { t } from "~/shell/messages";
import { Shell } from "~/shell/shell";

// One function each, so that a page is the same one at every drawing.
const job = () => import("~/job/job_page").then((file) => file.JobPage);
const log = () => import("~/logs/log_page").then((file) => file.LogPage);
const submit = () => import("~/submit/submit_page").then((file) => file.SubmitPage);
const storage = () => import("~/storage/storage_page").then((file) => file.StoragePage);
const models = () => import("~/models/models_page").then((file) => file.ModelsPage);
const model = () => import("~/models/model_page").then((file) => file.ModelPage);
const spending = () => import("~/spending/spending_page").then((file) => file.SpendingPage);
const cluster = () => import("~/cluster/cluster_page").then((file) => file.ClusterPage);
const system = () => import("~/system/system_page").then((file) => file.SystemPage);

/** Every page of the console and its address, below /ui. */
export function App(): JSX.Element {
  return (
    <Router base="/ui">
      <Shell>
        <Switch>
          <Route path="/" component={JobsPage} />
          <Route path="/jobs" component={JobsPage} />
          <Route path="/jobs/:job">
            <LazyPage load={job} />
          </Route>
          <Route path="/jobs/:job/log">
            <LazyPage load={log} />
          </Route>
          <Route path="/submit">
            <LazyPage load={submit} />
          </Route>
          <Route path="/models">
            <LazyPage load={models} />
          </Route>
          <Route path="/models/:model">
            <LazyPage load={model} />
          </Route>
          <Route path="/storage/*?">
            <LazyPage load={storage} />
          </Route>
          <Route path="/prices">
            <LazyPage load={spending} />
          </Route>
          <Route path="/cluster">
            <LazyPage load={cluster} />
          </Route>
          <Route path="/system">
            <LazyPage load={system} />
          </Route>
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

// An engine of one's own for a browser test: the real programs, a temporary data folder, the public doors.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const programs = process.env.MLENGINE_BIN ?? join(root, "build/bin");

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Asks until the answer is truthy; fails with `what` after that many seconds. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T> | T,
  seconds = 60,
): Promise<NonNullable<T>> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    if (Date.now() > until) throw new Error(`waited ${seconds} s for ${what}`);
    await sleep(40);
  }
}

interface JobAnswer {
  state?: string;
  startTime?: string;
  endTime?: string;
  errorMessage?: string;
}

/** Google's own gcloud is on this machine. */
export const hasGcloud = spawnSync("sh", ["-c", "command -v gcloud"]).status === 0;

export class Engine {
  readonly folder = mkdtempSync(join(tmpdir(), "mlengine-browser-"));
  readonly data = join(this.folder, "data");
  readonly environment: NodeJS.ProcessEnv;
  url = "";
  private server: ChildProcess | undefined;
  private packages = 0;

  private constructor() {
    const own = Object.entries(process.env).filter(([name]) => !/^(CLOUDSDK_|MLENGINE_)/.test(name));
    this.environment = {
      ...Object.fromEntries(own),
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, "config"),
      MLENGINE_DATA_DIR: this.data,
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
    };
  }

  /** `configuration`: lines of mlengine.yaml. */
  static async start(configuration: string[] = []): Promise<Engine> {
    const engine = new Engine();
    mkdirSync(engine.data);
    const built = process.env.MLENGINE_CONSOLE_DIR;
    const lines = ["slots: 4", "gpus: none", ...(built ? [`consoleDir: ${built}`] : []), ...configuration];
    writeFileSync(join(engine.data, "mlengine.yaml"), `${lines.join("\n")}\n`);
    await engine.begin("127.0.0.1:0");
    return engine;
  }

  private async begin(listen: string): Promise<void> {
    const endpoint = join(this.data, "run/endpoint");
    rmSync(endpoint, { force: true });
    const log = openSync(join(this.folder, "server.log"), "a");
    this.server = spawn(join(programs, "mlengine-server"), ["--data-dir", this.data, "--listen", listen], {
      env: this.environment,
      stdio: ["ignore", log, log],
    });
    await waitFor("the server's endpoint", () => {
      if (this.server?.exitCode !== null)
        throw new Error(`the server ended: ${this.serverLog().slice(-2000)}`);
      return existsSync(endpoint);
    });
    this.url = readFileSync(endpoint, "utf8").trim();
    this.environment.MLENGINE_ENDPOINT = this.url;
  }

  serverLog(): string {
    return readFileSync(join(this.folder, "server.log"), "utf8");
  }

  /** Ends the server alone, by SIGKILL: jobs go on. */
  async kill(): Promise<void> {
    const ended = new Promise((done) => this.server?.once("exit", done));
    this.server?.kill("SIGKILL");
    await ended;
  }

  /** Starts the server again at the same address. */
  async restart(): Promise<void> {
    await this.begin(new URL(this.url).host);
  }

  async stop(): Promise<void> {
    if (this.server && this.server.exitCode === null && this.server.signalCode === null) {
      const ended = new Promise((done) => this.server?.once("exit", done));
      this.server.kill("SIGTERM");
      await ended;
    }
    await this.endJobs();
    rmSync(this.folder, { recursive: true, force: true });
  }

  // Jobs go on without their server: ends the runners of this data folder, which end what they run.
  private async endJobs(): Promise<void> {
    const mine = () =>
      readdirSync("/proc").filter((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
          return (
            readlinkSync(`/proc/${name}/exe`)
              .replace(/ \(deleted\)$/, "")
              .endsWith("/mlengine-runner") &&
            readFileSync(`/proc/${name}/cmdline`, "utf8").includes(this.data)
          );
        } catch {
          return false;
        }
      });
    const signal = (which: NodeJS.Signals) => {
      for (const pid of mine()) {
        try {
          process.kill(Number(pid), which);
        } catch {
          // ended meanwhile
        }
      }
    };
    signal("SIGTERM");
    for (let n = 0; n < 200 && mine().length > 0; n++) await sleep(50);
    signal("SIGKILL");
  }

  /** Runs the command line against this engine; its output. */
  mlengine(...words: string[]): string {
    const done = spawnSync(join(programs, "mlengine"), words, { env: this.environment, encoding: "utf8" });
    if (done.status !== 0)
      throw new Error(`mlengine ${words.join(" ")}: ${done.status}\n${done.stdout}\n${done.stderr}`);
    return done.stdout;
  }

  /** Runs a command of a shell that knows this engine's programs; its output. */
  shell(command: string): string {
    const environment = { ...this.environment, PATH: `${programs}:${process.env.PATH}` };
    const done = spawnSync("sh", ["-c", command], { cwd: this.folder, env: environment, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${command}: ${done.status}\n${done.stdout}\n${done.stderr}`);
    return done.stdout;
  }

  /** Runs a command of a shell in which only `mlengine gcloud-env` names the engine, for Google's own gcloud; its output. */
  gcloud(command: string): string {
    this.environment.CLOUDSDK_CONFIG = join(this.folder, "gcloud");
    return this.shell(`eval "$(mlengine gcloud-env)"; ${command}`);
  }

  /** A package of one module, trainer.task; the folder's path. */
  package(source: string): string {
    this.packages += 1;
    const folder = join(this.folder, `source-${this.packages}`, "trainer");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "__init__.py"), "");
    writeFileSync(join(folder, "task.py"), source);
    return folder;
  }

  /** Submits a package of one module through the command line. */
  submit(job: string, source: string, options: { flags?: string[]; args?: string[] } = {}): void {
    if (!existsSync(join(this.data, "buckets/test_bucket")))
      this.mlengine("storage", "mb", "gs://test_bucket");
    const { flags = [], args = [] } = options;
    this.mlengine(
      ...[
        "jobs",
        "submit",
        "training",
        job,
        "--job-dir",
        `gs://test_bucket/${job}`,
        "--module-name",
        "trainer.task",
      ],
      ...["--package-path", this.package(source), "--region", "us-central1", ...flags],
      ...(args.length > 0 ? ["--", ...args] : []),
    );
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  job(id: string, project = "default"): Promise<JobAnswer> {
    return this.get(`/v1/projects/${project}/jobs/${id}`);
  }

  /** The job once it has that state. */
  waitState(id: string, state: string, seconds = 60): Promise<JobAnswer> {
    return waitFor(
      `${id} ${state}`,
      async () => {
        const job = await this.job(id);
        return job.state === state ? job : undefined;
      },
      seconds,
    );
  }
}

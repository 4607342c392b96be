import { File as NodeFile } from "node:buffer";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { modulesIn, modulesOf, tarNames, zipNames } from "./package_contents";

let folder = "";
const deep = `trainer/${"deep_".repeat(30)}`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "package-contents-"));
  const root = join(folder, "trainer-1.0");
  for (const [name, text] of [
    ["setup.py", ""],
    ["trainer/__init__.py", ""],
    ["trainer/model.py", "x = 1\n".repeat(200)],
    ["trainer/task.py", "print(1)\n"],
    ["trainer/task_test.py", ""],
    [`${deep}/__init__.py`, ""],
    [`${deep}/more.py`, ""],
  ] as const) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  execFileSync("tar", ["-czf", "gnu.tar.gz", "--format=gnu", "trainer-1.0"], { cwd: folder });
  execFileSync("tar", ["-czf", "pax.tar.gz", "--format=pax", "trainer-1.0"], { cwd: folder });
  execFileSync("python3", ["-m", "zipfile", "-c", "../a.whl", "trainer"], { cwd: root });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Node 18 has the browser's class, but not by its name.
const made = (bytes: string | Buffer, name: string) => new NodeFile([bytes], name) as unknown as File;
const fileOf = (name: string) => made(readFileSync(join(folder, name)), name);

test("the modules of archives that real tools made", async () => {
  const expected = ["trainer.task", `${deep.replace("/", ".")}.more`, "trainer.model"];
  expect(await modulesIn(fileOf("gnu.tar.gz"))).toEqual(expected);
  expect(await modulesIn(fileOf("pax.tar.gz"))).toEqual(expected);
  expect(await modulesIn(fileOf("a.whl"))).toEqual(expected);
});

test("what is no archive has no modules", async () => {
  expect(await modulesIn(made("not a gzip", "a.tar.gz"))).toEqual([]);
  expect(await modulesIn(made("PK nothing", "a.zip"))).toEqual([]);
  const noise = Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 251);
  expect(zipNames(noise)).toEqual([]);
  expect(Array.isArray(tarNames(noise))).toBe(true);
});

test("a wheel's own records are no modules", () => {
  expect(modulesOf(["trainer/__init__.py", "trainer/main.py", "a-1.dist-info/RECORD"])).toEqual([
    "trainer.main",
  ]);
  expect(modulesOf(["a/__init__.py", "a/b.py"])).toEqual(["a.b"]);
});

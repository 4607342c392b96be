import { expect, test } from "vitest";
import { packageOf, partsOf, storageLink } from "./gs_links";

test("addresses of storage and their pages", () => {
  expect(partsOf("gs://b/a/c.txt")).toEqual({ bucket: "b", name: "a/c.txt" });
  expect(partsOf("http://b/a")).toBeUndefined();
  expect(storageLink("p", "gs://b/a b/<c>")).toBe("/storage/b?project=p&folder=a%20b%2F%3Cc%3E%2F");
  expect(storageLink("p", "gs://b/a/c.txt", true)).toBe("/storage/b?project=p&folder=a%2F");
  expect(storageLink("p", "gs://b")).toBe("/storage/b?project=p");
  expect(storageLink("p", "javascript:alert(1)")).toBeUndefined();
});

test("a package and its digest", () => {
  const hash = "a".repeat(64);
  expect(packageOf(`gs://b/j/packages/${hash}/t-0.tar.gz`)).toEqual({ name: "t-0.tar.gz", hash });
  expect(packageOf("gs://b/t.tar.gz")).toEqual({ name: "t.tar.gz", hash: "" });
});

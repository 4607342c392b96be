import { expect, test } from "vitest";
import { type Entry, entriesOf, sorted } from "./listing";

const entry = (name: string, size = 0, updated = ""): Entry => ({
  name,
  isFolder: name.endsWith("/"),
  size,
  type: "",
  updated,
  generation: "1",
});

test("folders come first, and an object that only marks the folder is no row", () => {
  const entries = entriesOf(
    {
      prefixes: ["a/z/"],
      items: [
        { name: "a/", size: "0" },
        { name: "a/b", size: "12", contentType: "text/plain", updated: "t", generation: "7" },
      ],
    },
    "a/",
  );
  expect(entries.map((one) => one.name)).toEqual(["a/z/", "a/b"]);
  expect(entries[1]).toMatchObject({ size: 12, type: "text/plain", generation: "7" });
});

test("sorting keeps folders first, either way", () => {
  const rows = [entry("b", 1, "2"), entry("a", 3, "1"), entry("z/"), entry("y/")];
  const names = (list: Entry[]) => list.map((one) => one.name).join(" ");
  expect(names(sorted(rows, "name", false))).toBe("y/ z/ a b");
  expect(names(sorted(rows, "size", true))).toBe("z/ y/ a b");
  expect(names(sorted(rows, "updated", false))).toBe("y/ z/ a b");
});

import { expect, test } from "vitest";
import { pages } from "~/api/resources";
import { crumbsOf, folderOf, lastPart, pageOf, placeOf, uriOf } from "./addresses";

const strange = [
  "a/b/",
  "a//",
  "//",
  "/",
  "what?/is#this/",
  "100%/%2F/%2541/",
  " spaces /and+plus/",
  "../up/./",
  "한글/폴더/",
  "a&folder=b/",
];

test("every folder and object survives the way into an address and back", () => {
  for (const folder of strange) {
    for (const object of ["", `${folder}x?y#z%41`]) {
      const url = new URL(`http://host${pages.storage("p", "bucket_1", folder, object)}`);
      expect(url.hash).toBe("");
      expect(placeOf(url.pathname, url.searchParams)).toEqual({ bucket: "bucket_1", folder, object });
    }
  }
});

test("an address that was typed by hand", () => {
  const none = new URLSearchParams();
  expect(placeOf("/storage", none)).toEqual({ bucket: "", folder: "", object: "" });
  expect(placeOf("/storage/b", none)).toEqual({ bucket: "b", folder: "", object: "" });
  expect(placeOf("/storage/b/some/folder", none)).toEqual({
    bucket: "b",
    folder: "some/folder/",
    object: "",
  });
  expect(placeOf("/storage/b/x", new URLSearchParams("folder=y/")).folder).toBe("y/");
});

test("names and their folders", () => {
  expect(["a", "a/b", "a/b/", "a//", "/"].map(lastPart)).toEqual(["a", "b", "b/", "/", "/"]);
  expect(["a", "a/b", "a/b/", "a//", "/"].map(folderOf)).toEqual(["", "a/", "a/", "a/", ""]);
  expect(uriOf("b", "a/b")).toBe("gs://b/a/b");
  expect(pageOf("p", "b", "a/b")).toBe("/storage/b?project=p&folder=a%2F&object=a%2Fb");
  expect(pageOf("p", "b", "a/b/")).toBe("/storage/b?project=p&folder=a%2Fb%2F");
});

test("the way to a folder", () => {
  expect(crumbsOf("")).toEqual([]);
  expect(crumbsOf("a/b/")).toEqual([
    { label: "a", folder: "a/" },
    { label: "b", folder: "a/b/" },
  ]);
  expect(crumbsOf("a//")).toEqual([
    { label: "a", folder: "a/" },
    { label: "/", folder: "a//" },
  ]);
});

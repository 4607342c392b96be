import { afterEach, expect, test } from "vitest";
import { language } from "./language";
import { defined, defineMessages, fill } from "./messages";

// Every room of the console defines its texts when it is loaded.
const rooms = import.meta.glob([
  "../**/*.ts",
  "../**/*.tsx",
  "!../**/*.test.*",
  "!../main.tsx",
  "!../api/gen/**",
]);

afterEach(() => {
  language.value = "en";
});

test("values stand in the braces, and a count chooses the form", () => {
  expect(fill("{n} job|{n} jobs", { n: 1 })).toBe("1 job");
  expect(fill("{n} job|{n} jobs", { n: 12345 })).toBe("12,345 jobs");
  expect(fill("{who} of {what}", { who: "a" })).toBe("a of {what}");
});

test("a translator follows the language", () => {
  const t = defineMessages({ en: { hello: "Hello {name}" }, ko: { hello: "{name}님 안녕하세요" } });
  expect(t("hello", { name: "<b>" })).toBe("Hello <b>");
  language.value = "ko";
  expect(t("hello", { name: "<b>" })).toBe("<b>님 안녕하세요");
});

test("no text is missing in a language, and both have the same values", async () => {
  await Promise.all(Object.values(rooms).map((load) => load()));
  expect(defined.length).toBeGreaterThan(3);
  const valuesOf = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  for (const { en, ko } of defined) {
    expect(Object.keys(ko)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) {
      expect(text, key).not.toBe("");
      expect(ko[key], key).not.toBe("");
      expect(valuesOf(ko[key] ?? ""), key).toEqual(valuesOf(text));
    }
  }
}, 60_000); // it loads every file

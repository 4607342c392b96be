import { type Language, language } from "./language";

/** Values that stand in a message's braces. */
export type Values = Record<string, string | number>;

/** The texts of one room of the console: every key in both languages, which the compiler sees to. */
export type Messages<Key extends string> = Record<Language, Record<Key, string>>;

/** Translates a key of one room into the language in use. */
export type Translate<Key extends string> = (key: Key, values?: Values) => string;

/** All texts that were defined, for the test that looks for missing ones. */
export const defined: Messages<string>[] = [];

/**
 * Makes the translator of a room. In a text `{name}` is replaced by a value; `one|many` chooses by the value `n`
 * (Korean does not need that and has one form).
 */
export function defineMessages<Key extends string>(texts: {
  en: Record<Key, string>;
  ko: Record<NoInfer<Key>, string>;
}): Translate<Key> {
  defined.push(texts);
  return (key, values = {}) => fill(texts[language.value][key], values);
}

export function fill(text: string, values: Values): string {
  const forms = text.split("|");
  const form = forms.length === 2 ? (values.n === 1 ? forms[0] : forms[1]) : text;
  return (form ?? text).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(language.value) : value;
  });
}

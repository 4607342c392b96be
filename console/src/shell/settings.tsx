import type { JSX } from "preact";
import { type Language, language, setLanguage } from "~/i18n/language";
import { setTheme, type Theme, theme } from "~/ui/theme";
import { t } from "./messages";

/** The language and the colours, kept by the browser. */
export function Settings(): JSX.Element {
  return (
    <>
      <select
        class="select"
        aria-label={t("language")}
        value={language.value}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        <option value="en" lang="en">
          English
        </option>
        <option value="ko" lang="ko">
          한국어
        </option>
      </select>
      <select
        class="select"
        aria-label={t("theme")}
        value={theme.value}
        onChange={(event) => setTheme(event.currentTarget.value as Theme)}
      >
        <option value="auto">{t("themeAuto")}</option>
        <option value="light">{t("themeLight")}</option>
        <option value="dark">{t("themeDark")}</option>
      </select>
    </>
  );
}

import { afterEach, expect, test } from "vitest";
import { language } from "~/i18n/language";
import { phaseDetail } from "./phase_detail";

afterEach(() => {
  language.value = "en";
});

const told = [
  "the runtime as it is",
  "no packages",
  "unpacked",
  "reused: packages",
  "reused: environment (the runtime does not have absl-py>=2)",
  "installed: x-1.0.tar.gz: it has a setup.py (that asks)",
  "NVIDIA H200",
  "",
];

test("in English it is said as the runner notes it", () => {
  expect(told.map(phaseDetail)).toEqual(told);
});

test("in Korean what is the runner's own is translated, names stay", () => {
  language.value = "ko";
  expect(told.map(phaseDetail)).toEqual([
    "런타임 그대로",
    "패키지 없음",
    "압축 해제함",
    "패키지 재사용",
    "환경 재사용(런타임에 absl-py>=2 없음)",
    "새로 설치: x-1.0.tar.gz: it has a setup.py (that asks)",
    "NVIDIA H200",
    "",
  ]);
});

import { afterEach, expect, test } from "vitest";
import { language } from "./language";
import { type Reasons, reasonTexts } from "./reasons";

afterEach(() => {
  language.value = "en";
});

const waits: Reasons = {
  sentences: ["It needs 2 slots …", "Room is held by …", "7 jobs are before it …", "The disk is low."],
  reasons: [
    {
      code: "NEEDS_ROOM",
      values: { slots: "2", gpus: "0", poolSlots: "4", poolGpus: "0", freeSlots: "1", freeGpus: "0" },
    },
    { code: "HELD_BY", values: { count: "1", jobs: "a", more: "0" } },
    { code: "BEHIND", values: { count: "7", jobs: "b, <c>", more: "5" } },
    {},
  ],
};

const spent: Reasons = {
  sentences: ["The budget …", "It waits for room …"],
  reasons: [
    {
      code: "PROJECT_BUDGET_SPENT",
      values: { project: "p", spent: "5.02", limit: "5.00", currency: "USD" },
    },
    { code: "DISK_LOW", values: { folder: "/data", freeBytes: "1073741824", lowWaterBytes: "2147483648" } },
  ],
};

test("money and room on the disk", () => {
  expect(reasonTexts(spent)).toEqual([
    "The budget of project p is spent: 5.02 of 5.00 USD. It waits until that is raised: mlengine budgets set project AMOUNT --project=p.",
    "It waits for room on the disk of /data: 1.0 GiB free, and 2.0 GiB must stay. New jobs and uploads are refused; running jobs go on. Free some space there, and work is taken again by itself.",
  ]);
  language.value = "ko";
  expect(reasonTexts(spent)[0]).toBe(
    "프로젝트 p의 예산을 모두 사용했습니다(5.00 USD 중 5.02). 예산을 늘릴 때까지 대기합니다: mlengine budgets set project AMOUNT --project=p",
  );
});

test("reasons by their codes; what has none is said as the engine says it", () => {
  expect(reasonTexts(waits)).toEqual([
    "It needs 2 slots of the 4 of the pool; 1 free now.",
    "Room is held by a.",
    "7 jobs are before it, of a higher priority or older: b, <c> and 5 more.",
    "The disk is low.",
  ]);
  language.value = "ko";
  expect(reasonTexts(waits)).toEqual([
    "슬롯 2개가 필요합니다. 풀의 4개 중 1개가 비어 있습니다.",
    "현재 자리를 사용하는 작업: a",
    "우선순위가 높거나 먼저 제출된 작업 7개가 앞에 있습니다: b, <c> 외 5개",
    "The disk is low.",
  ]);
});

test("an unknown code and an older engine leave the sentences", () => {
  expect(reasonTexts({ sentences: ["x", "y"], reasons: [{ code: "NEW_ONE", values: {} }] })).toEqual([
    "x",
    "y",
  ]);
  expect(reasonTexts({ sentences: ["x"] })).toEqual(["x"]);
});

test("GPUs, replicas and local times", () => {
  const texts = reasonTexts({
    sentences: ["", "", ""],
    reasons: [
      {
        code: "NEEDS_ROOM",
        values: { slots: "1", gpus: "2", poolSlots: "4", poolGpus: "2", freeSlots: "4", freeGpus: "0" },
      },
      { code: "REPLICAS_RUN", values: { n: "1", count: "3" } },
      { code: "STARTS_BY", values: { time: "2018-01-01T00:00:00Z" } },
    ],
  });
  expect(texts[0]).toContain("1 slot and 2 GPUs of the 4 and 2");
  expect(texts[1]).toBe("1 of its 3 replicas run.");
  expect(texts[2]).toMatch(/^It starts at 201\d-\d\d-\d\d \d\d:\d\d:\d\d at the latest/);
});

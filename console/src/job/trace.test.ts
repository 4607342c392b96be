import { expect, test } from "vitest";
import { spansOf } from "./trace";

const span = (spanId: string, parentSpanId: string | undefined, start: string, end: string, more = {}) => ({
  spanId,
  parentSpanId,
  name: `n${spanId}`,
  startTimeUnixNano: `15000000000000${start}`,
  endTimeUnixNano: `15000000000000${end}`,
  ...more,
});

test("spans stand behind their parents, with exact differences", () => {
  const spans = [
    span("1", undefined, "00000", "90000", { status: { code: 2 } }),
    span("2", "1", "10000", "20000"),
    span("3", "1", "30000", "90000", {
      attributes: [{ key: "mlengine.unfinished", value: { boolValue: true } }],
    }),
    span("4", "2", "12000", "13000"),
  ];
  const shown = spansOf({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  expect(shown.map((one) => [one.id, one.depth, one.start, one.milliseconds, one.open, one.bad])).toEqual([
    ["1", 0, 0, 0.09, false, true],
    ["2", 1, 0.01, 0.01, false, false],
    ["4", 2, 0.012, 0.001, false, false],
    ["3", 1, 0.03, 0.06, true, false],
  ]);
  expect(spansOf({ resourceSpans: [] })).toEqual([]);
});

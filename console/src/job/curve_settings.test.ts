import { expect, test } from "vitest";
import { settingsOf } from "./curve_settings";

test("the address says what is shown, and nonsense in it is nothing", () => {
  expect(settingsOf(new URLSearchParams(""))).toEqual({
    axis: "step",
    log: false,
    smoothing: 0,
    tags: undefined,
    runs: undefined,
    compare: [],
  });
  expect(
    settingsOf(
      new URLSearchParams("axis=elapsed&log=1&smooth=0.9&tag=loss&tag=a%26b&run=none&compare=x&compare=x"),
    ),
  ).toEqual({ axis: "elapsed", log: true, smoothing: 0.9, tags: ["loss", "a&b"], runs: [], compare: ["x"] });
  expect(settingsOf(new URLSearchParams("axis=<script>&smooth=7"))).toMatchObject({
    axis: "step",
    smoothing: 0,
  });
});

import { expect, test } from "vitest";
import { EventStream } from "./event_stream";

const stream =
  'id: 000000000001\ndata: {"a":1}\n\n:\n\nid: 000000000002\ndata: {"b":2}\n\nevent: end\ndata: {}\n\n';

test("events come out whole however the stream is cut", () => {
  for (let step = 1; step < stream.length; step++) {
    const reader = new EventStream();
    const events = [];
    for (let at = 0; at < stream.length; at += step) events.push(...reader.feed(stream.slice(at, at + step)));
    expect(events).toEqual([
      { id: "000000000001", event: "message", data: '{"a":1}' },
      { id: "000000000002", event: "message", data: '{"b":2}' },
      { id: "", event: "end", data: "{}" },
    ]);
  }
});

test("what is not finished is no event", () => {
  const reader = new EventStream();
  expect(reader.feed("data: x\n")).toEqual([]);
  expect(reader.feed("data:y\n\n")).toEqual([{ id: "", event: "message", data: "x\ny" }]);
  expect(reader.feed(": still here\n\n")).toEqual([]);
});

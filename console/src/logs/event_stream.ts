/** One server-sent event. */
export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/**
 * Cuts the text of a stream of server-sent events into events. We read the stream ourselves, and not through EventSource, so
 * that it is read no faster than it is shown: the engine waits meanwhile, and nothing piles up here.
 */
export class EventStream {
  private rest = "";

  /** The events that are complete with these characters. */
  feed(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const all = this.rest + text;
    let from = 0;
    for (;;) {
      const end = all.indexOf("\n\n", from);
      if (end < 0) break;
      const event = readEvent(all.slice(from, end));
      if (event) events.push(event);
      from = end + 2;
    }
    this.rest = all.slice(from);
    return events;
  }
}

function readEvent(text: string): StreamEvent | undefined {
  const event: StreamEvent = { id: "", event: "message", data: "" };
  let data: string | undefined;
  let named = false;
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0 || line === "") continue; // a comment: the stream is alive
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") data = data === undefined ? value : `${data}\n${value}`;
    if (name === "id") event.id = value;
    if (name === "event") {
      event.event = value;
      named = true;
    }
  }
  if (data === undefined && !named) return undefined;
  event.data = data ?? "";
  return event;
}

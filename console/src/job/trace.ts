interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string; boolValue?: boolean };
}

interface OtlpSpan {
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Attribute[];
  status?: { code: number };
}

export interface Trace {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

export interface ShownSpan {
  id: string;
  name: string;
  depth: number;
  /** Milliseconds from the job's beginning. */
  start: number;
  milliseconds: number;
  open: boolean;
  bad: boolean;
}

// Nanoseconds since 1970 are beyond what a number holds exactly; differences are not.
const milliseconds = (from: string, to: string) => Number((BigInt(to) - BigInt(from)) / 1000n) / 1000;

/** The spans of a job's trace, each behind its parent. */
export function spansOf(trace: Trace): ShownSpan[] {
  const all = trace.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans));
  const root = all.find((span) => !span.parentSpanId);
  if (!root) return [];
  const children = new Map<string, OtlpSpan[]>();
  for (const span of all) {
    const parent = span.parentSpanId ?? "";
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const list: ShownSpan[] = [];
  const add = (span: OtlpSpan, depth: number) => {
    list.push({
      id: span.spanId,
      name: span.name,
      depth,
      start: milliseconds(root.startTimeUnixNano, span.startTimeUnixNano),
      milliseconds: milliseconds(span.startTimeUnixNano, span.endTimeUnixNano),
      open: (span.attributes ?? []).some((one) => one.key === "mlengine.unfinished"),
      bad: span.status?.code === 2,
    });
    for (const child of children.get(span.spanId) ?? []) add(child, depth + 1);
  };
  add(root, 0);
  return list;
}

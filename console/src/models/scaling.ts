import type { VersionJson } from "~/api/gen/mlengine/ml/v1/model_pb";

/** How many processes a version has: as many as the load needs within limits, or always so many. */
export type Scaling = { kind: "automatic"; least: string; most: string } | { kind: "fixed"; nodes: string };

export function scalingOf(version: Pick<VersionJson, "autoScaling" | "manualScaling">): Scaling {
  const nodes = version.manualScaling?.nodes;
  if (nodes) return { kind: "fixed", nodes: String(nodes) };
  const { minNodes = 0, maxNodes = 0 } = version.autoScaling ?? {};
  return { kind: "automatic", least: String(minNodes), most: maxNodes > 0 ? String(maxNodes) : "" };
}

const number = (text: string) => (text.trim() === "" ? 0 : Number(text.trim()));

/** Whether a box is a number that can be sent; how great it may be is the engine's to say. */
export const isCount = (text: string): boolean => /^\d{0,6}$/.test(text.trim());

/** The fields of a version that say it. */
export function fieldsOf(scaling: Scaling): Pick<VersionJson, "autoScaling" | "manualScaling"> {
  if (scaling.kind === "fixed") return { manualScaling: { nodes: number(scaling.nodes) } };
  return { autoScaling: { minNodes: number(scaling.least), maxNodes: number(scaling.most) } };
}

/** The update mask of a patch that changes only that. */
export const maskOf = (scaling: Scaling): string =>
  scaling.kind === "fixed" ? "manualScaling.nodes" : "autoScaling.minNodes,autoScaling.maxNodes";

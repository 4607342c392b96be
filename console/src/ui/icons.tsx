import type { JSX } from "preact";

/** Line drawings on a field of 20 by 20, in the colour of the text around them. Never the only carrier of a meaning. */
const drawings = {
  jobs: "M3 5h14M3 10h14M3 15h9",
  storage:
    "M3 6c0-1.7 3.1-3 7-3s7 1.3 7 3-3.1 3-7 3-7-1.3-7-3zM3 6v8c0 1.7 3.1 3 7 3s7-1.3 7-3V6M3 10c0 1.7 3.1 3 7 3s7-1.3 7-3",
  models: "M10 2.5l6.5 3.7v7.6L10 17.5l-6.5-3.7V6.2zM3.5 6.2L10 10l6.5-3.8M10 10v7.5",
  prices:
    "M10 3v14M14 6.2c-.8-1-2.2-1.7-4-1.7-2.300 0-4 1-4 2.700 0 4 8 1.800 8 5.700 0 1.700-1.700 2.700-4 2.700-2 0-3.600-.8-4.300-2",
  cluster: "M3 4h14v5H3zM3 11h14v5H3zM6 6.500h.01M6 13.500h.01",
  system:
    "M10 7.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600zM10 2v2.500M10 15.500V18M2 10h2.500M15.500 10H18M4.300 4.300l1.800 1.800M13.900 13.900l1.800 1.800M4.300 15.700l1.800-1.800M13.900 6.100l1.800-1.800",
  plus: "M10 4v12M4 10h12",
  check: "M4 10.500l4 4 8-9",
  cross: "M5 5l10 10M15 5L5 15",
  stop: "M6 6h8v8H6z",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4.200l2.800 1.800",
  play: "M7 4.500v11l8.500-5.500z",
  pause: "M7 5v10M13 5v10",
  search: "M9 3.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM13 13l4 4",
  copy: "M7 7h9v9H7zM4 13V4h9",
  download: "M10 3v9M6 8.500l4 4 4-4M4 16.500h12",
  upload: "M10 16V7M6 10.500l4-4 4 4M4 3.500h12",
  folder: "M2.500 5.500h5l1.500 2h8.500v8.500h-15z",
  file: "M5 2.500h6.500L15 6v11.500H5zM11 2.500V6.500h4",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.700-2.700a3 3 0 0 0-4.300-4.300L10 5.700M11.500 8.500a3 3 0 0 0-4.300 0l-2.700 2.700a3 3 0 0 0 4.300 4.300L10 14.300",
  down: "M5 8l5 5 5-5",
  up: "M5 12l5-5 5 5",
  right: "M8 5l5 5-5 5",
  sun: "M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.500 4.500l1 1M14.500 14.500l1 1M4.500 15.500l1-1M14.500 5.500l1-1",
  moon: "M16 11.500A6.500 6.500 0 0 1 8.500 4a6.500 6.500 0 1 0 7.500 7.500z",
  warning: "M10 3l7.500 13.500h-15zM10 8v4M10 14.200v.1",
  external: "M8 4H4v12h12v-4M11 3.500h5.500V9M16.500 3.500L9 11",
  refresh: "M16 10a6 6 0 1 1-1.800-4.300M16 3v3.500h-3.500",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({
  name,
  size = 16,
  title,
}: {
  name: IconName;
  size?: number;
  title?: string;
}): JSX.Element {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden={title ? undefined : "true"}
      role={title ? "img" : undefined}
    >
      {title ? <title>{title}</title> : null}
      <path d={drawings[name]} />
    </svg>
  );
}

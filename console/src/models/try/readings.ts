import { isObject, type Loose, type LooseObject } from "./loose_json";

export interface Score {
  label: string;
  score: number;
}

/** What a person reads of one prediction: labels with scores, the best first, and what else it has. */
export interface Ranking {
  scores: Score[];
  /** Whether all lie between 0 and 1, so that bars show them. */
  isShare: boolean;
  rest: [string, Loose][];
}

const isNumber = (value: Loose): value is number => typeof value === "number";
const numbersOf = (value: Loose | undefined): number[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every(isNumber) ? value : undefined;
const textsOf = (value: Loose | undefined): string[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")
    ? value
    : undefined;

const scoreName = /score|prob|confidence|softmax/i;
const sumsToOne = (numbers: readonly number[]) =>
  numbers.every((one) => one >= 0 && one <= 1) &&
  Math.abs(numbers.reduce((sum, one) => sum + one, 0) - 1) < 1e-3;

function ranked(labels: readonly string[], numbers: readonly number[], rest: [string, Loose][]): Ranking {
  const scores = numbers.map((score, n) => ({ label: labels[n] ?? "", score }));
  // NaN is neither more nor less: it comes last.
  const rank = (score: number) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);
  scores.sort((a, b) => (rank(b.score) === rank(a.score) ? 0 : rank(b.score) - rank(a.score)));
  return { scores, isShare: numbers.every((one) => one >= 0 && one <= 1), rest };
}

const places = (count: number) => Array.from({ length: count }, (_, n) => String(n));

// The list of numbers that are scores: by its name, else the only one that could be.
function scoresIn(object: LooseObject, length?: number): string | undefined {
  const lists = Object.keys(object).filter((name) => {
    const numbers = numbersOf(object[name]);
    return numbers !== undefined && (length === undefined || numbers.length === length);
  });
  const named = lists.filter((name) => scoreName.test(name));
  return named[0] ?? (lists.length === 1 ? lists[0] : undefined);
}

/** A prediction as labels and scores, where it has that form: two lists, or one list of scores. */
export function rankingOf(prediction: Loose): Ranking | undefined {
  const bare = numbersOf(prediction);
  if (bare) return bare.length > 1 && sumsToOne(bare) ? ranked(places(bare.length), bare, []) : undefined;
  if (!isObject(prediction)) return undefined;
  const names = Object.keys(prediction);
  const labelsName = names.find((name) => textsOf(prediction[name]) !== undefined);
  const labels = labelsName === undefined ? undefined : textsOf(prediction[labelsName]);
  const scoresName = scoresIn(prediction, labels?.length);
  const numbers = scoresName === undefined ? undefined : numbersOf(prediction[scoresName]);
  if (!numbers || scoresName === undefined) return undefined;
  const rest = names
    .filter((name) => name !== labelsName && name !== scoresName)
    .map((name): [string, Loose] => [name, prediction[name] ?? null]);
  if (labels) return ranked(labels, numbers, rest);
  // Without labels only what surely is a list of scores.
  if (numbers.length < 2 || !(scoreName.test(scoresName) || sumsToOne(numbers))) return undefined;
  return ranked(places(numbers.length), numbers, rest);
}

export interface Columns {
  names: string[];
  rows: Loose[][];
}

const isScalar = (value: Loose) => value === null || typeof value !== "object";

/** Predictions as a table, where each is an object of single values with the same names, or a single value. */
export function columnsOf(predictions: readonly Loose[]): Columns | undefined {
  if (predictions.length === 0) return undefined;
  if (predictions.every(isScalar)) return { names: [""], rows: predictions.map((one) => [one]) };
  const [first] = predictions;
  if (!isObject(first)) return undefined;
  const names = Object.keys(first);
  const fits = predictions.every(
    (one) =>
      isObject(one) &&
      Object.keys(one).length === names.length &&
      names.every((name) => one[name] !== undefined && isScalar(one[name])),
  );
  if (!fits) return undefined;
  return { names, rows: predictions.map((one) => names.map((name) => (one as LooseObject)[name] ?? null)) };
}

/** Any value in a line, with the words of Python where JSON has none. */
export function lineOf(value: Loose): string {
  if (Array.isArray(value)) return `[${value.map(lineOf).join(", ")}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${lineOf(one)}`);
    return `{${members.join(", ")}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

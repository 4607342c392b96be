/** Takes pieces of text as they come and gives the whole lines in them, without their ends. */
export function lineSplitter(take: (line: string) => void): (piece: string) => void {
  let rest = "";
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") take(line);
  };
}

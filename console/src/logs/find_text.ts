import type { Piece } from "./ansi";
import { smallLetters } from "./log_entry";

export interface MarkedPiece extends Piece {
  found?: boolean;
}

/** Pieces cut so that each place where the wanted text stands is marked, also where it goes over several of them. */
export function markFound(pieces: readonly Piece[], wanted: string): MarkedPiece[] {
  if (!wanted) return [...pieces];
  const all = smallLetters(pieces.map((piece) => piece.text).join(""));
  const small = smallLetters(wanted);
  let from = all.indexOf(small);
  if (from < 0) return [...pieces];
  const marked: MarkedPiece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const end = at + piece.text.length;
    let cut = at;
    while (from >= 0 && from < end) {
      const to = from + small.length;
      if (from > cut) marked.push({ ...piece, text: piece.text.slice(cut - at, from - at) });
      const begin = Math.max(from, cut);
      cut = Math.min(to, end);
      marked.push({ ...piece, text: piece.text.slice(begin - at, cut - at), found: true });
      if (to > end) break; // goes on in the next piece
      from = all.indexOf(small, to);
    }
    if (cut < end) marked.push({ ...piece, text: piece.text.slice(cut - at) });
    at = end;
  }
  return marked;
}

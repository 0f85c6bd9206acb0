import { readCondition } from '@cave/core/language';
import type { Token, TokenKind } from '@cave/core/language';

/** How a piece is shown. */
export type PieceKind = Exclude<TokenKind, 'symbol'> | 'bracket' | 'punctuation' | 'space' | 'unread';

/** A run of characters that is shown in one way. */
export interface Piece {
  readonly kind: PieceKind;
  /** Of a name, tag or value: whether it stands in quotes. */
  readonly quoted: boolean;
  readonly text: string;
}

/** The whole text in pieces, also one that is half written: concatenated they equal `text`. Never throws. */
export function conditionPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const token of readCondition(text).tokens) {
    pieces.push(...between(text.slice(at, token.from)));
    pieces.push(pieceOf(token, text.slice(token.from, token.to)));
    at = token.to;
  }
  return [...pieces, ...between(text.slice(at))];
}

/** The class names of a piece; empty for white space. */
export function pieceClass({ kind, quoted }: Piece): string {
  if (kind === 'space') return '';
  return `cave-word cave-word-${kind}${quoted ? ' cave-word-quoted' : ''}`;
}

function pieceOf({ kind }: Token, text: string): Piece {
  const quoted = text.startsWith('"');
  if (kind !== 'symbol') return { kind, quoted, text };
  if (text === '[' || text === ']') return { kind: 'bracket', quoted, text };
  return { kind: text === '*' ? 'operator' : 'punctuation', quoted, text };
}

/** White space, and after a fault what fits nowhere. */
function between(text: string): readonly Piece[] {
  return (text.match(/\s+|\S+/g) ?? []).map((part) => ({ kind: part.trim() === '' ? 'space' : 'unread', quoted: false, text: part }));
}

import { useMemo } from 'react';
import './condition-text.css';
import { conditionPieces, pieceClass } from './pieces.js';

/** A condition to read, in the editor's colours but without its weight. */
export function ConditionText({ text }: { readonly text: string }) {
  const pieces = useMemo(() => conditionPieces(text), [text]);
  return (
    <code className="cave-condition">
      {pieces.map((piece, index) => (
        <span key={index} className={pieceClass(piece)}>
          {piece.text}
        </span>
      ))}
    </code>
  );
}

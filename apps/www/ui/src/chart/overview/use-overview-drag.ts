import { useState, type PointerEvent, type RefObject } from 'react';
import type { TimeRange } from '../types.js';
import { moveRange, rangeOfDrag, resizeRange } from '../zoom.js';

type Part = 'move' | 'start' | 'end' | 'new';

interface OverviewDrag {
  /** The selection while it is dragged. */
  readonly draft: TimeRange | undefined;
  /** Begins a drag of a part of the strip, of a finger or a mouse alike. */
  readonly drag: (part: Part) => (event: PointerEvent<HTMLElement>) => void;
}

/** Drags on the overview: of its window, of one of its ends, or over free ground for a new window. */
export function useOverviewDrag(strip: RefObject<HTMLElement | null>, limits: TimeRange, selection: TimeRange, onSelect: (range: TimeRange) => void): OverviewDrag {
  const [draft, setDraft] = useState<TimeRange>();
  const drag = (part: Part) => (event: PointerEvent<HTMLElement>): void => {
    const box = strip.current?.getBoundingClientRect();
    if (event.button !== 0 || box === undefined || box.width === 0) return;
    // The strip itself must not take it for a drag over free ground.
    event.stopPropagation();
    const target = event.currentTarget;
    const from = event.clientX;
    let dragged: TimeRange | undefined;
    const move = ({ clientX }: globalThis.PointerEvent): void => {
      const seconds = Math.round(((clientX - from) / box.width) * (limits.end - limits.start));
      dragged = part === 'new' ? rangeOfDrag(limits, box.width, from - box.left, clientX - box.left)
        : part === 'move' ? moveRange(selection, seconds, limits)
        : resizeRange(selection, part, seconds, limits);
      setDraft(dragged);
    };
    const stop = (): void => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', end);
      target.removeEventListener('pointercancel', stop);
      setDraft(undefined);
    };
    const end = (): void => {
      stop();
      if (dragged !== undefined && (dragged.start !== selection.start || dragged.end !== selection.end)) onSelect(dragged);
    };
    target.setPointerCapture(event.pointerId);
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', end);
    target.addEventListener('pointercancel', stop);
  };
  return { draft, drag };
}

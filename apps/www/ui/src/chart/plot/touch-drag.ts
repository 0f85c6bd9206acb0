/**
 * Lets a finger do on a plot what the mouse does, which is all that uPlot hears: along the plot it
 * marks a part, and where it was put down the values are shown. Across it scrolls the page, which
 * the style sheet leaves to the browser (`touch-action`). Ends with the element.
 */
export function dragByTouch(over: HTMLElement): void {
  let began: PointerEvent | undefined;
  let last: Pick<PointerEvent, 'clientX' | 'clientY'> | undefined;
  const tell = (type: string, at: Pick<PointerEvent, 'clientX' | 'clientY'>): void => {
    // Without a distance uPlot takes it for a stray one.
    const [movementX, movementY] = [at.clientX - (last?.clientX ?? at.clientX), at.clientY - (last?.clientY ?? at.clientY)];
    last = at;
    over.dispatchEvent(new MouseEvent(type, { bubbles: true, button: 0, clientX: at.clientX, clientY: at.clientY, movementX, movementY }));
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch' || !event.isPrimary) return;
    began = event;
    last = undefined;
    tell('mousedown', event);
  });
  over.addEventListener('pointermove', (event) => {
    if (event.pointerId === began?.pointerId) tell('mousemove', event);
  });
  over.addEventListener('pointerup', (event) => {
    if (event.pointerId !== began?.pointerId) return;
    began = undefined;
    tell('mouseup', event);
  });
  // The browser has taken the finger, to scroll the page: nothing was marked.
  over.addEventListener('pointercancel', (event) => {
    if (began === undefined || event.pointerId !== began.pointerId) return;
    const { clientX, clientY } = began;
    began = undefined;
    tell('mousemove', { clientX, clientY });
    tell('mouseup', { clientX, clientY });
  });
}

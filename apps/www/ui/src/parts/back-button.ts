/** Looks at a press of the back or forward button; true: the router is not to hear of it. */
type Hold = (event: PopStateEvent) => boolean;

let hold: Hold | null = null;

// Listeners of the window are called in the order in which they came, whether they capture or not.
// So this one has to be there before the router's: app.tsx imports this file for that.
window.addEventListener('popstate', (event) => {
  if (hold?.(event) === true) event.stopImmediatePropagation();
});

/** Puts `next` between the back button and the router; the function that is answered takes it away. */
export function holdBackButton(next: Hold): () => void {
  hold = next;
  return () => {
    if (hold === next) hold = null;
  };
}

type Print = (line: string) => void;

/** Prints each step when it is done, with the time that it took; what is made is taken away again. */
export class Report {
  private readonly removals: { readonly what: string; readonly remove: () => Promise<unknown> }[] = [];

  constructor(private readonly print: Print) {}

  /** Runs one step. `note` of its result is printed behind its name. */
  async step<T>(name: string, work: () => Promise<T>, note: (result: T) => string = () => ''): Promise<T> {
    const begun = performance.now();
    const took = (): string => `${((performance.now() - begun) / 1000).toFixed(2)} s`;
    try {
      const result = await work();
      const said = note(result);
      this.print(`✓ ${name}${said === '' ? '' : `: ${said}`} (${took()})`);
      return result;
    } catch (error) {
      this.print(`✗ ${name} (${took()})`);
      throw error;
    }
  }

  /** Remembers how to take away what a step made; done in reverse order. */
  made(what: string, remove: () => Promise<unknown>): void {
    this.removals.push({ what, remove });
  }

  /** Takes everything away, as steps of their own. Ends at the first that fails. */
  async removeAll(): Promise<void> {
    for (let removal = this.removals.pop(); removal !== undefined; removal = this.removals.pop()) {
      await this.step(`delete ${removal.what}`, removal.remove);
    }
  }
}

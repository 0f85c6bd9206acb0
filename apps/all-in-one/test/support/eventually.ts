/** Asks again until there is an answer; the deadline only bounds a failure. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, deadlineMs = 30_000): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come within ${deadlineMs} ms`, { cause: last });
}

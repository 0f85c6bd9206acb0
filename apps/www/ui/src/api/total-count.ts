/** How many there are on all pages of a list together, as its answer says in a header. Throws where it does not: then the answer is not the api's. */
export function totalCount(response: Response): number {
  const text = response.headers.get('X-Total-Count');
  const count = Number(text);
  if (text === null || !Number.isInteger(count) || count < 0) throw new Error('The answer does not say how many there are; are the web UI and the API of the same version?');
  return count;
}

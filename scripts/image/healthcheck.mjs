// The health check of an image: asks the service in this container, in plain Node because an
// image has no curl.
//
//   healthcheck.mjs ROOT PORT     such as API_SERVICE 7001
//
// Environment variables may have moved the service; one that a file moved needs them too.
const [root, standard] = process.argv.slice(2);
const port = process.env[`${root}_HTTP_PORT`] ?? standard;
const bound = process.env[`${root}_HTTP_HOST`] ?? '127.0.0.1';
const host = ['0.0.0.0', '::'].includes(bound) ? '127.0.0.1' : bound.includes(':') ? `[${bound}]` : bound;
const url = `http://${host}:${port}/_internal_/healthcheck`;
try {
  // The service itself answers within 3 s, whatever it depends on; Docker gives up after 5.
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  console.log(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}

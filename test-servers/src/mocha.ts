import type { EmulatorName, ServerName, TestServer } from './contract.js';
import { absent, required, testServer } from './server.js';

/**
 * A suite on a real server, which is started before its first test and stopped after its last.
 * Without one: a single pending test that says why, or a failure where `CAVE_TEST_REQUIRE` names it.
 * `body` declares tests; `server()` is there once they run.
 */
export function describeOnServer(name: ServerName | EmulatorName, title: string, body: (server: () => TestServer) => void): void {
  describe(title, function () {
    this.timeout(120_000);
    const reason = absent(name);
    if (reason !== null && !required(name)) {
      it(`all cases [not proven: there is ${reason}]`);
      return;
    }
    let running: TestServer | null = null;
    before(async () => {
      if (reason !== null) throw new Error(`CAVE_TEST_REQUIRE names ${name}, but there is ${reason}.`);
      running = await testServer(name);
    });
    body(() => {
      if (running === null) throw new Error(`The ${name} server is not running yet.`);
      return running;
    });
    // Behind the body's own hooks, which may need the server.
    after(() => running?.stop());
  });
}

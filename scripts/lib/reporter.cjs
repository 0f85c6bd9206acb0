// A mocha reporter: prints like `spec` and leaves a report for scripts/test.mjs, so that many
// mocha processes end in one table.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const report = { passed: 0, failed: [], skipped: [] };
    runner.on(EVENT_TEST_PASS, () => {
      report.passed += 1;
    });
    runner.on(EVENT_TEST_FAIL, (test) => report.failed.push(test.fullTitle()));
    runner.on(EVENT_TEST_PENDING, (test) => report.skipped.push(test.fullTitle()));
    runner.once(EVENT_RUN_END, () => writeFileSync(options.reporterOptions.report, JSON.stringify(report)));
  }
};

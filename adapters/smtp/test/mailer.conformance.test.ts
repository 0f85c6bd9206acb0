import { mochaFrame, runMailerConformance } from '@cave/conformance';
import { CutProxy } from '@cave/test-servers';
import { harness } from './support/harness.js';
import { MailServer } from './support/mail-server.js';

describe('SMTP mailer', () => {
  const server = new MailServer();
  let proxy: CutProxy;
  before(async () => {
    await server.listen();
    proxy = await CutProxy.start({ host: '127.0.0.1', port: server.port });
  });
  after(async () => {
    await proxy.close();
    await server.kill();
  });
  runMailerConformance(mochaFrame(), harness(server, () => proxy));
});

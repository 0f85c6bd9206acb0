import { expect } from 'chai';
import { apiAddressOf, UNKNOWN_API_ADDRESS } from '../src/pages/start/api-address.js';
import { caveCommand, curlCommand, feedCommand, type StartFacts } from '../src/pages/start/start-commands.js';
import { shellWord } from '../src/pages/start/shell-word.js';

const TEAM = { organization: 'shop', team: 'web' };

function facts(change: Partial<StartFacts> = {}): StartFacts {
  return { address: 'http://127.0.0.1:7001', tenant: { organization: 'shop', team: null }, token: 'T0ken-_x', ...change };
}

// That a shell takes them as they are meant is shown by organization.browser.test.ts, which runs them.
describe('the commands of the first-visit guide', () => {
  it('publish by curl with the token as the user, to the tenant, a point of now', () => {
    expect(curlCommand(facts({ tenant: TEAM })).split(' \\\n  ')).to.deep.equal([
      'curl -i -u T0ken-_x:',
      'http://127.0.0.1:7001/organizations/shop/teams/web/metrics',
      "-H 'Content-Type: application/json'",
      `-d '{"metrics":[{"name":"orders","value":1,"tags":{"shop":"a"},"timestamp":'"$(date +%s)"'}]}'`,
    ]);
  });

  it('read the token from the environment where its value is not known', () => {
    expect(curlCommand(facts({ token: null }))).to.match(/^curl -i -u "\$CAVE_TOKEN:" /);
    expect(caveCommand(facts({ token: null }))).to.match(/^npm run cave -- publish /);
  });

  it('publish by the command line, with the token in the environment and not among the arguments', () => {
    expect(caveCommand(facts({ tenant: TEAM }))).to.equal('CAVE_TOKEN=T0ken-_x npm run cave -- publish orders --value 1 --tag shop=a \\\n  --url http://127.0.0.1:7001 --org shop --team web');
  });

  it('feed the metrics of the computer', () => {
    expect(feedCommand(facts())).to.equal('CAVE_TOKEN=T0ken-_x npm run cave -- feed host \\\n  --url http://127.0.0.1:7001 --org shop');
  });

  it('quote a token and an address that a shell would not take as they are', () => {
    expect(curlCommand(facts({ token: 'a$(id)' }))).to.match(/^curl -i -u 'a\$\(id\):' /);
    expect(feedCommand(facts({ token: "it's", address: 'http://x/;id' }))).to.equal(`CAVE_TOKEN='it'\\''s' npm run cave -- feed host \\\n  --url 'http://x/;id' --org shop`);
  });
});

describe('a word of a shell', () => {
  it('is left as it is where every character means itself', () => {
    expect(shellWord('https://api.example.com:7001/organizations/a-b_c')).to.equal('https://api.example.com:7001/organizations/a-b_c');
  });

  it('is quoted where it is empty or holds anything else', () => {
    expect(shellWord('')).to.equal("''");
    expect(shellWord("it's")).to.equal(String.raw`'it'\''s'`);
  });
});

describe('the address of the api', () => {
  it('is what www says, without the slash at the end', () => {
    expect(apiAddressOf('https://cave.example.com/base/')).to.equal('https://cave.example.com/base');
  });

  it('is a placeholder that cannot be taken for an address where www says none', () => {
    expect(apiAddressOf(undefined)).to.equal(UNKNOWN_API_ADDRESS);
    expect(apiAddressOf(' ')).to.equal(UNKNOWN_API_ADDRESS);
  });
});

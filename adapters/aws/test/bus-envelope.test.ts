import { expect } from 'chai';
import { decodeChange, encodeChange, MAX_KEY_CHARACTERS, MAX_MESSAGE_BYTES } from '../src/sns/envelope.js';

const MOST_SNS_BYTES = 262_144;

/** As SNS wraps a message where raw delivery is off. */
const wrapped = (message: string): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: `arn:aws:sns:eu-west-1:123456789012:${'t'.repeat(256)}`,
    Message: message,
    Timestamp: '2012-05-02T00:54:06.655Z',
    SignatureVersion: '1',
    Signature: 's'.repeat(344),
    SigningCertURL: `https://sns.eu-west-1.amazonaws.com/${'c'.repeat(100)}`,
    UnsubscribeURL: `https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:eu-west-1:123456789012:${'t'.repeat(256)}:c9135db0-26c4-47ec-8998-413945fb5a96`,
  });

describe('the envelope of a change on SNS', () => {
  const change = { key: 'alert:ü✓\ufffe\u0000😀', version: Number.MAX_SAFE_INTEGER, body: Uint8Array.from({ length: 256 }, (_, byte) => byte) };

  it('carries key, version and bytes, raw and wrapped', () => {
    for (const text of [encodeChange(change), wrapped(encodeChange(change))]) {
      const got = decodeChange(text);
      expect(got?.key).to.equal(change.key);
      expect(got?.version).to.equal(change.version);
      expect([...(got?.body ?? [])]).to.deep.equal([...change.body]);
    }
  });

  it('takes the part of a buffer that a body is, not all of it', () => {
    const body = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect([...(decodeChange(encodeChange({ key: 'k', version: 1, body }))?.body ?? [])]).to.deep.equal([2, 3]);
  });

  it('has only characters that every service in between takes', () => {
    expect(encodeChange(change)).to.match(/^[\x20-\x7e]*$/);
  });

  it('holds the largest body with the longest key within what SNS takes, wrapped as well', () => {
    const text = encodeChange({ key: '\u0000'.repeat(MAX_KEY_CHARACTERS), version: Number.MAX_SAFE_INTEGER, body: new Uint8Array(MAX_MESSAGE_BYTES).fill(255) });
    expect(wrapped(text).length).to.be.at.most(MOST_SNS_BYTES);
  });

  for (const [title, text] of [
    ['no JSON', 'hello'],
    ['no object', '7'],
    ['null', 'null'],
    ['another program’s', '{"key":"alert:1","version":1,"body":""}'],
    ['a later form', '{"cave":2,"key":"alert:1","version":1,"body":""}'],
    ['a version that is none', '{"cave":1,"key":"alert:1","version":1.5,"body":""}'],
    ['a wrapped message of another program', wrapped('hello')],
  ] as const) {
    it(`does not take for a change: ${title}`, () => {
      expect(decodeChange(text)).to.equal(null);
    });
  }
});

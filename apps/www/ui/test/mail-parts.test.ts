import { expect } from 'chai';
import { mailParts } from '../src/pages/outbox/mail-parts.js';

const HERE = 'https://cave.example.com';

describe('the text of a mail', () => {
  it('leads to pages of this site', () => {
    expect(mailParts('Open this:\n\nhttps://cave.example.com/confirm?token=a%2Bb#x\n\nIt works once.', HERE)).to.deep.equal([
      { text: 'Open this:\n\n', to: null },
      { text: 'https://cave.example.com/confirm?token=a%2Bb#x', to: '/confirm?token=a%2Bb#x' },
      { text: '\n\nIt works once.', to: null },
    ]);
  });

  for (const elsewhere of [
    'https://evil.example.com/confirm?token=a',
    'http://cave.example.com/login',
    'https://cave.example.com:444/login',
    'https://cave.example.com.evil.example.com/',
    'https://cave.example.com@evil.example.com/',
    'https://ada@cave.example.com/login',
    'https://cave.example.com//evil.example.com',
    'https://cave.example.com/\\evil.example.com',
    'javascript:alert(1)',
    'https://',
    '<a href="https://evil.example.com">https://evil.example.com</a>',
  ]) {
    it(`leaves ${elsewhere} as text`, () => {
      const text = `See ${elsewhere} now`;
      const parts = mailParts(text, HERE);
      expect(parts.map((part) => part.to)).to.deep.equal([null]);
      expect(parts[0]?.text).to.equal(text);
    });
  }

  it('takes the names of this machine for one another, on the same port', () => {
    const link = (address: string): string | null | undefined => mailParts(address, 'http://127.0.0.1:7002')[0]?.to;
    expect(link('http://localhost:7002/login')).to.equal('/login');
    expect(link('http://[::1]:7002/login')).to.equal('/login');
    expect(link('http://localhost:7001/login')).to.equal(null);
    expect(link('https://localhost:7002/login')).to.equal(null);
    expect(link('http://127.evil.example.com:7002/login')).to.equal(null);
  });

  it('keeps every character', () => {
    const text = 'a https://cave.example.com/x b https://evil.example.com/ c\n';
    expect(mailParts(text, HERE).map((part) => part.text).join('')).to.equal(text);
    expect(mailParts('', HERE)).to.deep.equal([]);
  });
});

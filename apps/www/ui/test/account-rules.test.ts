import { expect } from 'chai';
import { emailFault, nameFault, passwordFault, tokenFault, tokenIn } from '../src/pages/account/account-rules.js';

describe('what the api accepts of accounts', () => {
  it('takes addresses with something before and after one "@"', () => {
    expect(emailFault(' ada@example.com ')).to.equal(null);
    for (const wrong of ['', 'ada', 'ada@', '@example.com', 'a b@example.com', 'a@b@c']) expect(emailFault(wrong), wrong).to.be.a('string');
    expect(emailFault(`${'a'.repeat(250)}@example.com`)).to.contain('254');
  });

  it('takes passwords from 8 characters on, counted as the api counts them', () => {
    expect(passwordFault('12345678')).to.equal(null);
    expect(passwordFault('1234567')).to.contain('only 7 characters');
    expect(passwordFault('a')).to.contain('only 1 character;');
    expect(passwordFault('😀'.repeat(7)), 'seven of two UTF-16 units each').to.contain('only 7 characters');
    expect(passwordFault('😀'.repeat(8))).to.equal(null);
    expect(passwordFault('x'.repeat(1024))).to.equal(null);
    expect(passwordFault('x'.repeat(1025))).to.contain('1025');
  });

  it('keeps spaces of a password, which may be meant', () => {
    expect(passwordFault('        ')).to.equal(null);
  });

  it('wants names that are more than spaces', () => {
    expect(nameFault('Ada', 'first name')).to.equal(null);
    expect(nameFault('  ', 'first name')).to.equal('Type your first name.');
    expect(nameFault('x'.repeat(101), 'last name')).to.contain('at most 100');
  });

  it('finds the token in a pasted link', () => {
    expect(tokenIn(' abc-_1 ')).to.equal('abc-_1');
    expect(tokenIn('http://localhost:7002/confirm?token=a%2Bb&x=1#y')).to.equal('a+b');
    expect(tokenIn('https://cave.example.com/reset-password?x=1&token=abc')).to.equal('abc');
  });

  it('refuses what cannot be a token', () => {
    expect(tokenFault('abc')).to.equal(null);
    expect(tokenFault('')).to.contain('Paste');
    expect(tokenFault('hello there')).to.be.a('string');
    expect(tokenFault('x'.repeat(201))).to.be.a('string');
  });
});

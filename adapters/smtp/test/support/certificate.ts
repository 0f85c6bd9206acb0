import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/*
 * A self-signed certificate, made anew for each run: X.509 (RFC 5280) in DER, of which only what
 * a client of 127.0.0.1 and localhost looks at is filled in. Node signs and reads certificates
 * but does not make them.
 */

const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(contents);
  const length = body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...contents: readonly Buffer[]): Buffer => der(0x30, ...contents);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (date: Date): Buffer => der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`));
const bits = (body: Buffer): Buffer => der(0x03, Buffer.from([0]), body);
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));

const COMMON_NAME = '550403';
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const SUBJECT_ALTERNATIVE_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const DAY_MS = 86_400_000;

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** For these host names and these IPv4 addresses. */
export function selfSigned(names: readonly string[] = ['localhost'], addresses: readonly string[] = ['127.0.0.1']): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from('CAVE test')))));
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const alternatives = sequence(...names.map((one) => der(0x82, Buffer.from(one))), ...addresses.map((one) => der(0x87, Buffer.from(one.split('.').map(Number)))));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    sequence(time(new Date(Date.now() - DAY_MS)), time(new Date(Date.now() + DAY_MS))),
    name,
    publicKey,
    der(0xa3, sequence(extension(SUBJECT_ALTERNATIVE_NAME, alternatives), extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff])))))),
  );
  const signature = sign('sha256', content, createPrivateKey(privateKey));
  const base64 = sequence(content, algorithm, bits(signature)).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return { key: privateKey, cert: `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n` };
}

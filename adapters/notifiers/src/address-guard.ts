import { isIP } from 'node:net';
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { CaveError } from '@cave/core';

type Network = ReturnType<typeof ipaddr.parseCIDR>;
type Address = ReturnType<typeof ipaddr.parse>;

/** The receiver's address is one that notifications must not reach. */
export class ForbiddenAddressError extends Error {}

/**
 * Keeps notifications away from CAVE's own network: tenants choose the URLs. Only addresses
 * of the public internet are allowed (whatever ipaddr.js does not list under a special range)
 * and those of `allow-networks`. An IPv4 address inside IPv6 counts as that IPv4 address;
 * NAT64, 6to4 and Teredo, which can carry one as well, are refused.
 *
 * What is checked is the address that the socket connects to, not the name: a name may
 * resolve to something else a moment later.
 */
export class AddressGuard {
  readonly #allowed: readonly Network[];

  /** `allowNetworks` are CIDR ranges, such as `10.1.0.0/16`. Throws `configuration` naming a wrong one. */
  constructor(allowNetworks: readonly string[]) {
    this.#allowed = allowNetworks.map((text) => {
      try {
        return ipaddr.parseCIDR(text.trim());
      } catch (error) {
        throw new CaveError('configuration', `The option "allow-networks" has ${JSON.stringify(text)}, which is no network such as 10.1.0.0/16 or fd00::/8.`, { cause: error });
      }
    });
  }

  allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address: Address = ipaddr.process(text);
    if (address.range() === 'unicast') return true;
    return this.#allowed.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  }

  /** Opens connections to allowed addresses only. `timeoutMs` is for connecting. */
  connector(timeoutMs: number): buildConnector.connector {
    const connect = buildConnector({ timeout: timeoutMs, lookup: this.#lookup });
    return (options, callback) => {
      // A literal address never reaches the lookup.
      const literal = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal) !== 0 && !this.allows(literal)) {
        callback(forbidden(literal), null);
        return;
      }
      connect(options, (...result) => {
        const [failure, socket] = result;
        if (failure !== null || this.allows(socket.remoteAddress ?? '')) {
          callback(...result);
          return;
        }
        callback(forbidden(socket.remoteAddress ?? 'unknown'), null);
        socket.destroy();
      });
    };
  }

  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const bad = addresses.find(({ address }) => !this.allows(address));
      const first = addresses[0];
      if (bad !== undefined) callback(forbidden(bad.address), '');
      else if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function forbidden(address: string): ForbiddenAddressError {
  return new ForbiddenAddressError(`Its address ${address} is not on the public internet, nor in allow-networks.`);
}

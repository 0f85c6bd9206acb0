import { PORT_NAMES, type PortName } from '@cave/core';
import { PORT_PREFIX } from '../adapters/profiles.js';
import { aliasKeys } from './known-keys.js';
import { ROOT_KEYS, environmentName, joinKey } from './names.js';

export interface ToleranceInput {
  /** Root keys of the services that run here. */
  readonly roots: ReadonlySet<string>;
  /** Ports that these services use. */
  readonly ports: ReadonlySet<PortName>;
  /** Used ports whose adapter could not be loaded: its options cannot be judged. */
  readonly failed: ReadonlySet<PortName>;
}

/**
 * Says which unknown keys are somebody else's: one file may configure all services, so a
 * service passes over the sections of the others and of ports that it does not use. What is
 * below its own root key is judged strictly.
 */
export function tolerance(input: ToleranceInput): (keyOrVariable: string) => boolean {
  const sections = ROOT_KEYS.filter((root) => !input.roots.has(root)) as string[];
  for (const port of PORT_NAMES) {
    const prefix = port === 'notifier' ? 'notifiers' : PORT_PREFIX[port];
    const failed = input.failed.has(port);
    if (failed || !input.ports.has(port)) sections.push(prefix);
    if (failed) sections.push(...[...input.roots].map((root) => joinKey(root, prefix)));
  }
  const covered = (key: string): boolean => sections.some((section) => key.startsWith(`${section}.`));
  const unusedTargets = PORT_NAMES.filter((port) => port !== 'notifier' && (input.failed.has(port) || !input.ports.has(port)));
  const aliases = new Set(
    aliasKeys().flatMap(({ alias, of, standsInFor }) => {
      const foreign = [...of, ...standsInFor].every((key) => covered(key) || unusedTargets.some((port) => port !== 'notifier' && key.split('.').includes(PORT_PREFIX[port])));
      return foreign ? [alias] : [];
    }),
  );
  const variables = sections.map((section) => `${environmentName(section)}_`);
  const aliasVariables = new Set([...aliases].flatMap((alias) => [environmentName(alias), `${environmentName(alias)}_FILE`]));
  return (name) => covered(name) || aliases.has(name) || aliasVariables.has(name) || variables.some((start) => name.startsWith(start));
}

import { awsProfile } from './aws.js';
import { openProfile } from './open.js';
import type { StackProfile } from './profile.js';

export * from './profile.js';

export const STACK_PROFILES = ['open', 'aws'] as const;
export type StackProfileName = (typeof STACK_PROFILES)[number];

export const PROFILE_STACKS: Readonly<Record<StackProfileName, StackProfile>> = { open: openProfile, aws: awsProfile };

export function isStackProfile(name: string): name is StackProfileName {
  return (STACK_PROFILES as readonly string[]).includes(name);
}

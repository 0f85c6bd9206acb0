import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testContext, type ConfigBusHarness, type LeaderElectionHarness, type MailerHarness } from '@cave/conformance';
import configBus from '../src/config-bus.js';
import leaderElection from '../src/leader-election.js';
import mailer, { readOutbox } from '../src/mailer.js';

const directory = (place: string): string => join(tmpdir(), `cave-${place}`);

const busOptions = { 'data-dir': 'never-made', 'queue-length': 1000, 'max-message-bytes': 4096 };
const badBus = (changes: object) => () => configBus.create({ ...busOptions, ...changes }, testContext());

export const configBusHarness: ConfigBusHarness = {
  name: 'embedded',
  capabilities: configBus.capabilities,
  boundsQueues: true,
  create: async (place, { queueLength = 1000 }) => configBus.create({ ...busOptions, 'data-dir': place, 'queue-length': queueLength }, testContext()),
  badOptions: [
    { title: 'no directory', attempt: badBus({ 'data-dir': '' }) },
    { title: 'no room in the queue', attempt: badBus({ 'queue-length': 0 }) },
    { title: 'no size', attempt: badBus({ 'max-message-bytes': 0.5 }) },
  ],
};

export const leaderElectionHarness: LeaderElectionHarness = {
  name: 'embedded',
  capabilities: leaderElection.capabilities,
  create: async (place) => leaderElection.create({ 'data-dir': place }, testContext()),
  badOptions: [{ title: 'no directory', attempt: () => leaderElection.create({ 'data-dir': '' }, testContext()) }],
};

export const mailerHarness: MailerHarness = {
  name: 'embedded',
  capabilities: mailer.capabilities,
  refusedAddress: 'no address',
  create: async (place) => mailer.create({ 'data-dir': directory(place), from: 'CAVE <cave@example.com>', 'max-message-bytes': 100_000 }, testContext()),
  remove: (place) => rm(directory(place), { recursive: true, force: true }),
  arrived: (place) => readOutbox(directory(place), 100),
  badOptions: ['nobody', 'a@b.c\r\nBcc: x@y.z', ''].map((from) => ({
    title: `the sender ${JSON.stringify(from)}`,
    attempt: () => mailer.create({ 'data-dir': 'never-made', from, 'max-message-bytes': 100_000 }, testContext()),
  })),
};

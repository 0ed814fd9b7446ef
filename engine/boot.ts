import { mkdir } from 'node:fs/promises';
import { serviceIdentity } from '../domain/names';
import type { OuterSpec } from '../domain/service';
import { createApi, type Api } from './api/server';
import type { Engine } from './engine';
import type { Trust } from './identity/caller';
import { watchCredentials, type Credentials } from './identity/credentials';
import { ensureKey } from './identity/key-pair';
import { ensureSigningRequest } from './identity/signing-request';
import { journalFile } from './journal/file';
import { nativeDrivers } from './migration/drivers';
import { followJournal } from './migration/follow-journal';
import { peerClient } from './migration/peer-client';
import { createShared } from './migration/shared';
import { otherSide, ticketFiles } from './migration/tickets';
import { Probes } from './exec/probes';
import { serveSessions } from './exec/sessions';
import { askAmbassador } from './service/ambassador';
import { forsakePast } from './service/forsake-past';
import { lookAround, reattach } from './service/reattach';
import { createTurn } from './turn';

/** What the wiring chooses; the rest follows from the layout. */
export type Parts = Pick<Engine, 'cluster' | 'service' | 'layout' | 'sandbox' | 'network' | 'images' | 'files' | 'init' | 'log'> & Partial<Pick<Engine, 'drivers'>> & {
    /** Names the deployment for an arrival that this outer container was made by, where the orchestrator can put no file into it. */
    arrival?: string;
    /** What the interceptor made of a user's deployment, as JSON: an ambassador says the rest. */
    intercepted?: string;
    /** The service of that deployment is elsewhere: nothing is started here unless it comes. */
    standsIn?: boolean;
  };

export interface Listening {
  host: string;
  port: number;
}

/** Brings the engine up: key and request first, service next, and the API as soon as there is a certificate. Returns what ends it. */
export async function boot({ arrival, intercepted, standsIn, ...parts }: Parts, listening: Listening): Promise<(graceMs: number) => Promise<void>> {
  const { layout, log } = parts;
  const ended = new AbortController();
  await Promise.all([layout.tls, layout.tickets, layout.logs].map((path) => mkdir(path, { recursive: true })));
  const key = await ensureKey(layout.tls);
  await ensureSigningRequest(layout.tls, key, serviceIdentity(parts.cluster, parts.service));

  let credentials: Credentials | undefined;
  let peer: Trust['peer'];
  let api: Promise<Api> | undefined;
  const shared = createShared();
  const tickets = ticketFiles(layout.tickets);
  const trust = (): Trust => ({ cluster: parts.cluster, service: parts.service, ca: credentials?.ca ?? '', peer });
  const trustChanged = async () => {
    const held = await tickets.newest();
    peer = held && { cluster: otherSide(held).cluster, ca: otherSide(held).ca };
    const current = await api;
    if (current && credentials) current.renew(credentials);
  };
  const outer = intercepted === undefined ? undefined : (JSON.parse(intercepted) as OuterSpec);
  const engine: Engine = {
    drivers: nativeDrivers(`${layout.opt}/bin/handoff`),
    probes: new Probes(),
    ...parts,
    journal: journalFile(layout.journal),
    tickets,
    peer: (ticket, role) => peerClient({ ticket, role }, () => credentials),
    trustChanged,
    localVolumes: outer?.localVolumes ?? [],
    turn: createTurn(),
  };
  await trustChanged();
  await forsakePast(engine, arrival);
  const found = await lookAround(engine);

  const serve = async (fresh: Credentials): Promise<Api> => {
    const created = createApi({ engine, shared, credentials: fresh, trust });
    await created.listen(listening.host, listening.port);
    log.info({ port: listening.port }, 'listening');
    return created;
  };
  const stopWatching = watchCredentials(layout.tls, (state) => {
    if ('missing' in state) {
      log.warn({ reason: state.missing }, api ? 'certificate not renewed; serving with the old one' : 'not listening yet');
      return;
    }
    credentials = state.credentials;
    if (api) void api.then((current) => current.renew(state.credentials));
    else {
      api = serve(state.credentials);
      api.catch((error: unknown) => {
        log.error({ reason: String(error) }, 'cannot listen');
        api = undefined;
      });
    }
  });

  const stopSessions = layout.ambassador === undefined ? undefined : await serveSessions(engine, layout.ambassador, standsIn ?? false);
  if (outer && !standsIn) await askAmbassador(engine, found, outer, ended.signal).catch((error: unknown) => log.error({ reason: reasonOf(error) }, 'the ambassador was not understood'));
  await reattach(engine, found, ended.signal).catch((error: unknown) => log.error({ reason: reasonOf(error) }, 'the service could not be brought up'));
  const stopFollowing = followJournal(engine);
  return async (graceMs) => {
    ended.abort();
    stopWatching();
    stopFollowing();
    stopSessions?.();
    await (await api)?.close(graceMs);
  };
}

const reasonOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

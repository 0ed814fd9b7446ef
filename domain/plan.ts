import { compareHosts } from './compatibility';
import { outerOverheadBytes } from './defaults';
import type { DestinationFacts, MigrationPlan, OnLoss, Refusal, ServiceFacts, Strategy } from './migration';
import { costs, predict } from './prediction';
import { formatBytes, formatDuration } from './quantities';
import type { FullRequest } from './request';
import { bandwidthShare, defaultPolicy } from './policy';
import { decideSafety } from './safety';
import { chooseStrategy } from './strategy';

export interface PlanFacts {
  from: string;
  source: ServiceFacts;
  destination: DestinationFacts;
}

/** Compares both sides. The plan always says what it would do; `refusals` say why it must not. */
export function decidePlan({ from, source, destination }: PlanFacts, request: FullRequest): MigrationPlan {
  const bytesPerSecond = bandwidthShare(source.policy ?? defaultPolicy, destination.policy ?? defaultPolicy);
  const prediction = (strategy: Strategy) => predict(source, strategy, destination.imagePresent, bytesPerSecond);
  const choice = chooseStrategy(
    {
      source: source.host,
      destination: destination.host,
      downtimeMs: { 'stop-and-copy': prediction('stop-and-copy').downtimeMs, 'post-copy': prediction('post-copy').downtimeMs },
    },
    { ...request, ...wishedSafety(from, source, destination, request) },
  );
  const impossible = choice.impossible;
  return {
    service: source.spec,
    from,
    to: destination.cluster,
    strategy: choice.strategy,
    reasons: [...choice.reasons, ...objectReason(source, destination)],
    risks: [beforeCommit(choice.strategy, destination.cluster), ...exposure(choice.strategy, prediction(choice.strategy).exposureMs, destination.cluster, request.onLoss)],
    refusals: [
      ...(impossible ? [{ code: 'strategy-impossible', message: `${capital(impossible)}. Choose --strategy stop-and-copy or auto.` }] : []),
      ...compareHosts(source.host, destination.host),
      ...refusePorts(source, destination),
      ...refuseRoom(source, destination, choice.strategy),
      ...refuseSessions(source, request),
      ...refuseImage(source, destination),
      ...refuseDebt(destination),
    ],
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    predicted: prediction(choice.strategy),
  };
}

/** What becomes of the object that its user made for it. */
function objectReason({ deployed }: ServiceFacts, { cluster, arrival, existing }: DestinationFacts): string[] {
  if (!deployed || !arrival || existing) return [];
  const what = `the ${deployed.kind} ${deployed.name}`;
  return ['sealFor' in arrival ? `${what} goes along to ${cluster}` : `it runs at ${cluster} as an object of carryon's own, not as ${what}: ${arrival.ownBecause}`];
}

function wishedSafety(from: string, source: ServiceFacts, destination: DestinationFacts, request: FullRequest) {
  const { safety: atSource } = source.policy ?? defaultPolicy;
  const { safety: atDestination } = destination.policy ?? defaultPolicy;
  return decideSafety({ asked: request.safety, clusters: [{ id: from, safety: atSource }, { id: destination.cluster, safety: atDestination }] });
}

function refusePorts({ spec }: ServiceFacts, { cluster, portsInUse }: DestinationFacts): Refusal[] {
  return spec.ports
    .filter((wanted) => portsInUse.some(({ port, protocol }) => port === wanted.host && protocol === wanted.protocol))
    .map(({ host, protocol }) => ({
      code: 'port-taken',
      message: `Port ${host}/${protocol} is in use in ${cluster}. Free it there, or choose another destination.`,
    }));
}

function refuseRoom(source: ServiceFacts, { cluster, host, imagePresent }: DestinationFacts, strategy: Strategy): Refusal[] {
  const refusals: Refusal[] = [];
  const memory = source.memoryBytes + outerOverheadBytes;
  if (memory > host.freeMemoryBytes) {
    refusals.push({
      code: 'memory',
      message: `The service needs ${formatBytes(memory)} of memory, ${cluster} has ${formatBytes(host.freeMemoryBytes)} free. Free some there, or choose another destination.`,
    });
  }
  // An image is kept packed and unpacked.
  const image = imagePresent ? 0 : 2 * source.imageBytes;
  const dump = strategy === 'stop-and-copy' ? source.memoryBytes : 0;
  const wanted = source.fileBytes + image + dump;
  if (wanted > host.freeDiskBytes) refusals.push(diskRefusal(cluster, wanted, host.freeDiskBytes));
  if (dump > source.host.freeDiskBytes) refusals.push(diskRefusal('the source', dump, source.host.freeDiskBytes));
  return refusals;
}

const diskRefusal = (where: string, wanted: number, free: number): Refusal => ({
  code: 'disk-space',
  message: `The migration needs ${formatBytes(wanted)} of disk in ${where}, ${formatBytes(free)} are free. Free some, or choose another destination.`,
});

function refuseSessions({ execSessions }: ServiceFacts, request: FullRequest): Refusal[] {
  if (execSessions.length === 0 || request.execSessions === 'end') return [];
  const names = execSessions.map(({ pid, comm }) => `${comm} (${pid})`).join(', ');
  return [{ code: 'exec-sessions', message: `Processes started beside the service cannot move with it: ${names}. End them, or allow it with --exec-sessions end.` }];
}

function refuseImage({ spec, imageBytes }: ServiceFacts, { cluster, imagePresent }: DestinationFacts): Refusal[] {
  if (imagePresent || imageBytes > 0) return [];
  return [{ code: 'image-missing', message: `Neither the source nor ${cluster} has the image ${spec.image}. Pull it in ${cluster} first.` }];
}

function refuseDebt({ cluster, existing }: DestinationFacts): Refusal[] {
  if (existing?.state !== 'owing') return [];
  return [{ code: 'owing-debt', message: `${cluster} still holds pages of this service from its last migration. Wait until that one is finished.` }];
}

/** What becomes of the service when the source's outer container dies before its copy is complete. */
const beforeCommit = (strategy: Strategy, to: string) =>
  strategy === 'post-copy'
    ? "until the commit the source has the only complete memory: if its outer container dies, the service begins anew, as it would without a migration"
    : `if the source's outer container dies in the freeze, the service goes on at ${to} when its copy is complete by then, else at the source from the dump on its disk; without a whole dump it begins anew`;

/** What post-copy risks between its commit and the last page, and what then. */
function exposure(strategy: Strategy, exposureMs: number, to: string, onLoss: OnLoss): string[] {
  if (strategy !== 'post-copy') return [];
  const then =
    onLoss === 'resume-frozen'
      ? `the source goes on from the freeze, without what happened at ${to} since (resume-frozen)`
      : 'the source stays frozen until `carryon resolve` decides (keep-frozen)';
  return [`for about ${formatDuration(exposureMs)} after the commit pages are owed: if ${to} is lost for good in that time, ${then}, and so it is when the programs that fetch them there die; if the source is lost, the service's memory is`];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** How long the steps between the destination's arming and the commit may be expected to take, ms. */
export const expectedFreezeMs = (plan: MigrationPlan) => plan.predicted.downtimeMs + costs.activityMs * costs.frozenActivities;

import { z } from 'zod';
import { defaultLimits } from '../../domain/policy';
import { parseSize } from '../../domain/quantities';
import { safetyLevels } from '../../domain/safety';
import { hooks } from './hooks';

const port = z.number().int().min(1).max(65535);
const slots = z.number().int().min(1).max(1000);
/** "50m": MiB per second. */
const rate = z.string().transform((text, context) => {
  try {
    return parseSize(text.replace(/\/s$/, ''));
  } catch {
    context.addIssue({ code: 'custom', message: 'write a size per second, for example 50m' });
    return z.NEVER;
  }
});
/** "2m". */
const duration = z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'write a number and a unit, for example 2m');
const file = z.string().min(1);

const portRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, 'write a range of ports as FIRST-LAST, for example 17400-17499')
  .transform((text) => text.split('-').map(Number) as [number, number])
  .refine(([first, last]) => first >= 1 && last <= 65535 && last - first >= 2, 'a range needs at least three ports between 1 and 65535, the lower one first')
  .transform(([first, last]) => ({ first, last }));

/** Where the daemon listens; the host of a tcp address also serves as the default of `reach`. */
const dockerHost = z
  .string()
  .regex(/^(unix:\/\/\/.+|tcp:\/\/[^/:]+:\d+)$/, 'write unix:///path/of/docker.sock or tcp://host:port');

const isLoopback = (host: string) => /^tcp:\/\/(localhost|127\.[\d.]+):/.test(host);

const temporal = z.strictObject({
  /** host:port of the Temporal frontend. `carryon up` starts a server here when none answers and the host is this machine. */
  address: z.string().regex(/^[^:/\s]+:\d+$/, 'write host:port, for example 127.0.0.1:7233').default('127.0.0.1:7233'),
  namespace: z.string().min(1).default('default'),
  /** Port of the web interface of the server that `carryon up` starts; the frontend's port + 1000 when absent. */
  uiPort: port.optional(),
  /** Program that `carryon up` starts; searched on PATH when absent. */
  binary: z.string().min(1).optional(),
  /** PEM files. `cert` and `key` are the client's own; `ca` is what the server is checked against. */
  tls: z.strictObject({ ca: file.optional(), cert: file.optional(), key: file.optional(), serverName: z.string().optional() }).optional(),
});

const docker = z
  .strictObject({
    host: dockerHost.default('unix:///var/run/docker.sock'),
    /** PEM files for a daemon that listens on TCP. */
    tls: z.strictObject({ ca: file, cert: file, key: file }).optional(),
    /** TCP without TLS to another host: whoever reaches that port, or listens on the way, owns the daemon's host. */
    insecure: z.boolean().optional(),
  })
  .refine((value) => !(value.tls && value.host.startsWith('unix:')), 'TLS files belong to a tcp:// address')
  .refine(
    ({ host, tls, insecure }) => host.startsWith('unix:') || tls || insecure || isLoopback(host),
    'a daemon on another host is spoken to with TLS: give `tls: {ca, cert, key}`, or say `insecure: true` if you know that the network is safe',
  );

/** How the ports of a service are offered: a number in the cluster's range of node ports is one as it stands. */
export const exposures = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;

const kubernetes = z.strictObject({
  /** The file that kubectl uses when absent: $KUBECONFIG, or .kube/config in your home directory. */
  kubeconfig: file.optional(),
  /** The file's current context when absent. */
  context: z.string().min(1).optional(),
  /** That of all outer containers; it is there already. */
  namespace: z.string().min(1).default('default'),
  /** Class of the volumes; the cluster's default class when absent. */
  storageClass: z.string().min(1).optional(),
  /** Size that is asked for, for each volume. */
  volumeSize: z.string().regex(/^[1-9]\d*(Mi|Gi|Ti)$/, 'write a size in Mi, Gi or Ti, for example 8Gi').default('8Gi'),
  expose: z.enum(exposures).default('NodePort'),
  /** How long a pod may take to start, with its image and a node that may have to come. */
  startTimeout: duration.default('2m'),
  /** What users have deployed at another cluster of Kubernetes arrives as the same, or as an object of carryon's own. */
  arriveAs: z.enum(['deployed', 'own']).default('deployed'),
});

const clusterId = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, 'use lower-case letters, digits and dashes, at most 32');

const ports = z.strictObject({
  /** Host ports for the engines, three per service: API and handoff (TCP), tunnel (UDP). */
  engine: portRange.prefault('17400-17499'),
  /** Address of the host at which these ports listen; all of its addresses when absent. */
  bind: z.string().min(1).optional(),
});

const cluster = z
  .strictObject({
    /** Part of queue names, certificates and labels. */
    id: clusterId,
    docker: docker.optional(),
    /** Instead of `docker`. */
    kubernetes: kubernetes.optional(),
    /** Name or address under which the published ports of this cluster's hosts are reached by the other clusters' containers, and by this machine. */
    reach: z.strictObject({ host: z.string().min(1) }).optional(),
    /** Not of a cluster of Kubernetes, which gives ports itself. */
    ports: ports.optional(),
    /** `strict`: only migrations from and to here that leave no memory at the source after the commit; a request cannot loosen it. */
    safety: z.enum(safetyLevels).default('normal'),
    limits: z
      .strictObject({
        /** Migrations to here, and from here, at once; more wait in a queue. */
        migrationsIn: slots.default(defaultLimits.migrationsIn),
        migrationsOut: slots.default(defaultLimits.migrationsOut),
        /** Of all migrations together, in either direction, before the freeze. */
        bandwidth: rate.optional(),
      })
      .prefault({}),
    hooks: hooks.optional(),
    /** Image of the outer container. */
    runtimeImage: z.string().min(1).optional(),
  })
  .transform((value, context) => {
    const { kubernetes: wanted, docker: daemon = wanted ? undefined : docker.parse({}), ports: given, ...common } = value;
    if (wanted && daemon) context.addIssue({ code: 'custom', path: ['kubernetes'], message: 'a cluster has either `docker` or `kubernetes`' });
    if (wanted && given) context.addIssue({ code: 'custom', path: ['ports'], message: 'a cluster of Kubernetes gives node ports to engines itself' });
    const reach = common.reach ?? (daemon && reachOf(daemon.host));
    if (!reach) {
      context.addIssue({ code: 'custom', path: ['reach'], message: 'say how the other clusters reach this one: `reach: {host: ADDRESS}`' });
      return z.NEVER;
    }
    const cluster = { ...common, reach };
    if (wanted) return { ...cluster, kubernetes: wanted, docker: undefined };
    return { ...cluster, docker: daemon ?? docker.parse({}), ports: given ?? ports.parse({}), kubernetes: undefined };
  });

function reachOf(host: string): { host: string } | undefined {
  const name = /^tcp:\/\/([^/:]+):/.exec(host)?.[1];
  return name ? { host: name } : undefined;
}

export const configSchema = z
  .strictObject({
    temporal: temporal.prefault({}),
    /** Certificate authorities of the clusters and the data of an embedded Temporal: keep it private and keep it. */
    stateDir: z.string().min(1).default('.carryon'),
    clusters: z
      .array(cluster)
      .min(1, 'name at least one cluster')
      .superRefine((clusters, context) => {
        clusters.forEach(({ id }, index) => {
          if (clusters.findIndex((other) => other.id === id) !== index) {
            context.addIssue({ code: 'custom', path: [index, 'id'], message: `the cluster id "${id}" is used twice` });
          }
        });
      }),
    /** Ids of those that are coordinated at other sites: services move to and from there, and nothing there is spoken to from here. */
    remoteClusters: z.array(clusterId).default([]),
  })
  .superRefine(({ clusters, remoteClusters }, context) => {
    remoteClusters.forEach((id, index) => {
      const own = clusters.some((cluster) => cluster.id === id);
      if (own || remoteClusters.indexOf(id) !== index) {
        context.addIssue({ code: 'custom', path: ['remoteClusters', index], message: own ? `"${id}" is among \`clusters\` as well: a cluster is coordinated here or at another site` : `the cluster id "${id}" is used twice` });
      }
    });
  });

export type Config = z.output<typeof configSchema>;
export type ClusterConfig = Config['clusters'][number];
export type DockerCluster = Extract<ClusterConfig, { kubernetes: undefined }>;
export type KubernetesCluster = Extract<ClusterConfig, { docker: undefined }>;
export type TemporalConfig = Config['temporal'];

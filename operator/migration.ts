import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node';
import type { ExecSessions, OnLoss, Outcome, Strategy } from '../domain/migration';
import type { Phase } from '../domain/phases';
import type { Safety } from '../domain/safety';

/** How the API server calls Migrations; deploy/kubernetes/crd-migration.yaml has the schema. */
export const resource = { group: 'carryon.io', version: 'v1alpha1', plural: 'migrations' } as const;
export const apiVersion = `${resource.group}/${resource.version}`;
export const kind = 'Migration';

/** Keeps an object that is being deleted until its migration has ended. */
export const finalizer = 'carryon.io/abort';

/** Durations as a user writes them: "200ms", "10m". */
export interface MigrationSpec {
  service: string;
  destination: string;
  source?: string;
  strategy?: Strategy | 'auto';
  maxDowntime?: string;
  relayFor?: string;
  execSessions?: ExecSessions;
  safety?: Safety;
  priority?: number;
  onLoss?: OnLoss;
}

export type ConditionType = 'Accepted' | 'Completed' | 'RolledBack' | 'Failed';

export interface Condition {
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  /** A stable code of carryon, a phase, or an outcome. */
  reason: string;
  message: string;
  observedGeneration?: number;
  lastTransitionTime: string;
}

export interface MigrationObjectStatus {
  /** `pending`: there is no workflow yet. */
  phase: Phase | Outcome | 'pending';
  /** Once it has ended. */
  outcome?: Outcome;
  message: string;
  source?: string;
  workflowId?: string;
  runId?: string;
  observedGeneration?: number;
  progress?: { bytes: number; totalBytes: number };
  report?: { strategy: Strategy; downtime?: string; downtimeMs?: number; migrationTime: string; migrationMs: number; bytesSent: number };
  conditions: Condition[];
}

export interface MigrationObject extends KubernetesObject {
  metadata: V1ObjectMeta & { name: string; namespace: string; uid: string };
  spec: MigrationSpec;
  status?: MigrationObjectStatus;
}

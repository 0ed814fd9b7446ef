/** What a user has deployed, whose service it is: carryon made nothing but what runs in its pod. */
export interface Deployed {
  kind: DeployedKind;
  name: string;
}

export const deployedKinds = ['Deployment', 'StatefulSet', 'Job'] as const;
export type DeployedKind = (typeof deployedKinds)[number];

/** How what a user has deployed elsewhere arrives: as it is, sealed for this public key (a JWK as JSON), or as carryon's own object, and why. */
export type Arrival = { sealFor: string } | { ownBecause: string };

/** Part of an orchestrator's port, where users deploy what moves by itself. */
export interface DeployedPort {
  /** Undefined where carryon made the outer container. */
  of(serviceId: string): Promise<Deployed | undefined>;
  /** The objects themselves, which nobody but the holder of that key can read: they may have secrets. */
  seal(serviceId: string, sealFor: string): Promise<string | undefined>;
  arrival(): Promise<Arrival>;
}

export interface UsedPort {
  port: number;
  protocol: 'tcp' | 'udp';
  /** Name or UUID of the service that has it, or what else does. */
  by: string;
}

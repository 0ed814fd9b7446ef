import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { issueServing, type ServingCertificate } from '../clients/authority/serving';

export interface CertificateSettings {
  /** Name or address that it is for. */
  host: string;
  lifetimeMs: number;
  /** How often it is made sure that API servers know it. */
  intervalMs: number;
  /** Has API servers trust these authorities. */
  register: (authorities: string[]) => Promise<void>;
  log: Logger;
}

/** API servers hear of a change within moments; what they may not know yet is not used. */
const settleMs = 1_000;

/** The serving certificate of one process. Its key is in memory only; with half of its time gone there is another. */
export class Certificates {
  private next: ServingCertificate | undefined;
  private announced: string[] = [];
  private known = false;
  private readonly stopping = new AbortController();

  private constructor(private readonly settings: CertificateSettings, private inUse: ServingCertificate) {}

  static async open(settings: CertificateSettings): Promise<Certificates> {
    return new Certificates(settings, await issueServing(settings.host, settings.lifetimeMs));
  }

  get current(): ServingCertificate {
    return this.inUse;
  }

  get ready(): boolean {
    return this.known;
  }

  /** Until it is stopped. A failure is told and tried again. */
  async keep(use: (certificate: ServingCertificate) => void, onReady: () => void): Promise<void> {
    const { signal } = this.stopping;
    const { intervalMs, log } = this.settings;
    while (!signal.aborted) {
      const wasReady = this.known;
      await this.turn(use).catch((error: unknown) => log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'could not be registered'));
      if (this.known && !wasReady) onReady();
      await pause(this.known && !this.next ? intervalMs : settleMs, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async turn(use: (certificate: ServingCertificate) => void): Promise<void> {
    const { host, lifetimeMs, register, log } = this.settings;
    if (!this.next && this.inUse.expires.getTime() - Date.now() < lifetimeMs / 2) this.next = await issueServing(host, lifetimeMs);
    const earlier = this.announced;
    const authorities = [this.inUse, ...(this.next ? [this.next] : [])].map(({ ca }) => ca);
    await register(authorities);
    this.announced = authorities;
    this.known ||= earlier.includes(this.inUse.ca);
    if (!this.next || !earlier.includes(this.next.ca)) return;
    use(this.next);
    log.info({ expires: this.next.expires.toISOString() }, 'a new certificate is in use');
    [this.inUse, this.next] = [this.next, undefined];
  }
}

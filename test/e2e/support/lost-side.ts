import { once } from 'node:events';
import net from 'node:net';
import { eventually } from './await';
import { addressOf } from './clusters';
import { memoryChecksum } from './load/checksum';
import { startService } from './services';
import { carryon } from './shared';

/** As `carryon resolve --json` says it. */
interface Resolved {
  exitCode: number;
  answer: { kept?: string; cluster?: string; message?: string; error?: { code: string; message: string } };
}

/** A service, one of whose sides is lost while it migrates. */
export class Torn {
  private anchor?: net.Socket;

  constructor(
    readonly name: string,
    readonly port: number,
  ) {}

  start(): Promise<{ host: string; port: number }> {
    return startService(carryon, { name: this.name, image: 'carryon-workload-native', command: ['/bin/counting', '32', '10'], hostPort: this.port, containerPort: 8080 });
  }

  /** A client that came in where the service began: without any, the relay there would be retired within seconds. */
  async connectAt(cluster: string): Promise<void> {
    this.anchor = net.connect({ host: addressOf(cluster), port: this.port }).on('error', () => undefined).resume();
    await once(this.anchor, 'connect');
  }

  /** Its memory is another one after each start: the same one was neither begun afresh nor lost. */
  memoryAt(cluster: string): Promise<string> {
    return eventually(`the memory at ${cluster}`, () => memoryChecksum(addressOf(cluster), this.port));
  }

  async journalAt(cluster: string): Promise<string | undefined> {
    return (await carryon.sightings(this.name)).find((sighting) => sighting.cluster === cluster)?.journal;
  }

  reaches(cluster: string, state: string): Promise<boolean> {
    return eventually(`${state} at ${cluster}`, async () => (await this.journalAt(cluster)) === state, 60_000);
  }

  async resolve(...args: string[]): Promise<Resolved> {
    const { exitCode, stdout, stderr } = await carryon.cli('resolve', this.name, ...args, '--json');
    return { exitCode, answer: JSON.parse(exitCode === 0 ? stdout : stderr) as Resolved['answer'] };
  }

  remove(): Promise<void> {
    this.anchor?.destroy();
    return carryon.remove(this.name);
  }
}

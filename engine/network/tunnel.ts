import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../../domain/errors';
import { command, sysctls, type Run } from './command';
import { hasDevice } from './devices';
import { tunnelMtu } from './names';
import { asymmetricRouting } from './nested-plan';
import type { PeerState } from './state';

export interface Tunnel {
  device: string;
  port: number;
  keyFile: string;
  procNet: string;
}

const unknownType = /Unknown device type|not supported/;
const answerWithinMs = 5_000;
const handshakeWithinMs = 20_000;
/** WireGuard makes a new one every two minutes as long as there is traffic, and keepalives are traffic. */
const handshakeLastsSeconds = 150;
const initiationBytes = 148;
/** To a port that nobody listens on: the kernel there says so; where it may not, WireGuard acknowledges within ten seconds. */
const knock = "require('node:dgram').createSocket('udp4').send('?', 9, process.argv[1], function () { this.close(); })";

/** Brings the WireGuard device up, or keeps the one that runs (it belongs to the kernel or to its own process, not to this one). */
export async function setUpTunnel(run: Run, tunnel: Tunnel): Promise<void> {
  if (!(await answers(run, tunnel))) {
    // A device whose userspace process died is a shell; one of the kernel always answers.
    await run(command(`ip link delete ${tunnel.device}`, { already: /Cannot find device/ }));
    await create(run, tunnel);
  }
  await run(command(`wg set ${tunnel.device} listen-port ${tunnel.port} private-key ${tunnel.keyFile}`));
  await run(command(`ip link set ${tunnel.device} mtu ${tunnelMtu} up`));
  await run(sysctls(asymmetricRouting(tunnel.device)));
}

async function create(run: Run, tunnel: Tunnel): Promise<void> {
  const { device } = tunnel;
  try {
    await run(command(`ip link add ${device} type wireguard`));
    return;
  } catch (error) {
    if (!(error instanceof UnavailableError) || !unknownType.test(error.message)) throw error;
  }
  // In a session of its own: the tunnel carries connections while the engine restarts.
  const start = 'GOMAXPROCS=$2 exec wireguard-go --foreground "$1" </dev/null >/dev/null 2>&1';
  await run({ argv: ['setsid', '--fork', 'sh', '-c', start, 'sh', device, tunnelProcessors()] });
  for (const deadline = performance.now() + answerWithinMs; !(await answers(run, tunnel)); ) {
    if (performance.now() > deadline) {
      throw new UnavailableError('tunnel', 'the kernel has no WireGuard, and wireguard-go did not start', {
        next: 'Give the outer container the device /dev/net/tun, or load the kernel module wireguard on its host. Where many outer containers share a host, raise fs.inotify.max_user_instances there: each needs two.',
      });
    }
    await sleep(20);
  }
}

/** It hands every packet from thread to thread; on all processors, that takes the time of those who thaw the service on two of them. */
const tunnelProcessors = () => String(Math.max(1, Math.floor(availableParallelism() / 2)));

async function answers(run: Run, { device, procNet }: Tunnel): Promise<boolean> {
  // The device is asked for as well: a process that has lost it may still answer.
  if (!(await hasDevice(procNet, device))) return false;
  try {
    await run(command(`wg show ${device} listen-port`));
    return true;
  } catch {
    return false;
  }
}

/**
 * Waits until the peer has answered through the tunnel lately: by the time of its handshake or, where the wall clock was set since, by its answer to a knock.
 * @param address Its end of the tunnel.
 */
export async function awaitHandshake(run: Run, device: string, peer: PeerState, address: string): Promise<void> {
  let before: number | undefined;
  for (const deadline = performance.now() + handshakeWithinMs; ; await sleep(50)) {
    const last = numberOf(await run(command(`wg show ${device} latest-handshakes`)), peer.publicKey);
    if (Math.abs(Date.now() / 1000 - last) < handshakeLastsSeconds) return;
    if (last > 0) {
      const bytes = numberOf(await run(command(`wg show ${device} transfer`)), peer.publicKey);
      if (before === undefined) await run({ argv: ['node', '-e', knock, address] });
      before ??= bytes;
      // A peer that only asks for a handshake is heard, and may not hear us.
      if ((bytes - before) % initiationBytes !== 0) return;
    }
    if (performance.now() > deadline) {
      throw new UnavailableError('tunnel-unreachable', `the engine in cluster "${peer.cluster}" does not answer through the tunnel at ${peer.endpoint ?? 'an unknown address'}`, {
        next: 'Open that UDP port between the clusters, then migrate again; the service runs on at the source.',
      });
    }
  }
}

/** Of a listing of `wg show` with a line for each peer: the number after its key (seconds since 1970, bytes received); 0 for a peer that is not there. */
export const numberOf = (listing: string, publicKey: string) =>
  Number(listing.split('\n').map((line) => line.split('\t')).find(([key]) => key === publicKey)?.[1] ?? 0);

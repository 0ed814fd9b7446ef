import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { frame, stream } from '../../../engine/exec/frames';
import { Probes } from '../../../engine/exec/probes';
import type { SandboxProcess } from '../../../engine/ports';
import { isAlive } from '../../../engine/service/alive';
import { sessionsAmong } from '../../../engine/service/beside';

/** A probe: a shell with a child, as `enter` and the program are. */
async function running(probes: Probes): Promise<{ pids: number[]; socket: PassThrough; ended: Promise<unknown> }> {
  const socket = new PassThrough();
  const child = execa('sh', ['-c', 'sleep 30; true'], { reject: false });
  const ended = probes.during(async (begun) => {
    begun(child.pid);
    await child;
  }, socket);
  for (;;) {
    const pids = [...(await probes.processes())];
    if (pids.length === 1) return { pids, socket, ended };
    await pause(10);
  }
}

const gone = async (pids: number[]) => {
  while ((await Promise.all(pids.map(isAlive))).some(Boolean)) await pause(10);
};

const beside = (pid: number): SandboxProcess => ({ pid, innerPid: 300 + pid, inTree: false, comm: 'sleep' });

describe('probes', () => {
  it('are no sessions; what somebody else runs beside the application is one', async () => {
    const probes = new Probes();
    const { pids, ended } = await running(probes);
    const processes = [...pids, process.pid].map(beside);
    expect(await sessionsAmong({ probes }, processes)).toEqual([beside(process.pid)]);
    await probes.giveWay();
    await ended;
    await gone(pids);
    // The list was made while it ran.
    expect(await sessionsAmong({ probes }, processes)).toEqual([beside(process.pid)]);
  });

  it('give way, and are told that the application is away', async () => {
    const probes = new Probes();
    const { pids, socket, ended } = await running(probes);
    await probes.giveWay();
    await ended;
    expect(socket.read()).toEqual(frame(stream.away, Buffer.from('the service is being moved')));
    await gone(pids);
  });
});

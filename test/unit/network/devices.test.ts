import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { devicesIn, deviceTowards, hasDevice, ownProcNet } from '../../../engine/network/devices';

const routes = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
vx1\t0200630A\t014EFEA9\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0
eth0\t0300630A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

describe('what the kernel tells of a network namespace', () => {
  it('is the device of a route to one address', () => {
    expect(deviceTowards(routes, '10.99.0.2')).toBe('vx1');
    // A network that begins with the same address is another route.
    expect(deviceTowards(routes, '10.99.0.3')).toBeUndefined();
    expect(deviceTowards('', '10.99.0.2')).toBeUndefined();
  });

  it('is the names of its devices, without their counters', () => {
    expect(devicesIn('Inter-|   Receive\n face |bytes\n    lo: 1 2 3\nlonglonglonglon:4 5\n')).toEqual(expect.arrayContaining(['lo', 'longlonglonglon']));
  });

  it('is read as this kernel writes it', async () => {
    await expect(hasDevice(ownProcNet, 'lo')).resolves.toBe(true);
    await expect(hasDevice(ownProcNet, 'l')).resolves.toBe(false);
    const { stdout } = await execa('unshare', ['--net', 'sh', '-ec', 'ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip address add 192.0.2.9/32 dev v0; ip route add 10.99.0.2/32 dev v1; ip route add 10.99.0.3/32 via 192.0.2.1 dev v0 onlink; cat /proc/self/net/route']);
    expect(deviceTowards(stdout, '10.99.0.2')).toBe('v1');
    expect(deviceTowards(stdout, '10.99.0.3')).toBe('v0');
  });
});

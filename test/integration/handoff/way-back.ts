import { execa } from 'execa';
import { container, pause, address, type Answer, type Pair, type Side } from './pair';

const directory = '/run/carryon/handoff/m2';
const layer = '/var/lib/carryon/layer';

/** The second hop: the service goes back to where it was, into a sandbox made anew. Network stand-ins as on the way there. */
export async function wayBack(pair: Pair, more: string[] = []): Promise<void> {
  await clearOldSandbox(pair);
  for (const side of ['source', 'destination'] as const) await arm(pair, side, more);
  for (const side of ['source', 'destination'] as const) await startDriver(side);
  for (let end = Date.now() + 20_000; !(await ask('destination', 'status')).ready; await pause(100)) if (Date.now() > end) throw new Error(await logs(pair));
  const answer = await ask('destination', 'handoff');
  if (!answer.ok) throw new Error(`${JSON.stringify(answer)}\n${await logs(pair)}`);
  const finished = await ask('source', 'finish');
  if (!finished.ok) throw new Error(`${JSON.stringify(finished)}\n${await logs(pair)}`);
}

async function clearOldSandbox(pair: Pair): Promise<void> {
  await pair.run('source', `kill -9 $(cat /run/carryon/sandbox.pid) 2>/dev/null; sleep 0.3; umount -l /run/carryon/rootfs 2>/dev/null
    rm -rf ${layer}/work; mkdir -p ${layer}/work
    ip -n app link set eth0 up; ip -n app route replace 169.254.77.1 dev eth0; ip -n app route replace default via 169.254.77.1 dev eth0
    ip -n app neigh replace 169.254.77.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
    nft 'add chain ip carryon fence { type filter hook forward priority -200; }'
    /fixtures/box /run/netns/app /var/lib/carryon/rootfs ${layer}/upper ${layer}/work adopt > /run/carryon/sandbox.pid`);
}

/** The container named `source` is the destination now. */
async function arm(pair: Pair, side: Side, more: string[]): Promise<void> {
  const [own, peer, state] = side === 'source' ? ['a', 'b', 'armedD'] : ['b', 'a', 'armedS'];
  const lines = [
    'migration=m2', 'service=s1', 'epoch=2', 'strategy=post-copy', 'journal=/var/lib/carryon/journal.ndjson', `dir=${directory}`, `upper=${layer}/upper`,
    'volumes=/volumes/data', 'tmpfs=/dev/shm', 'applog=/var/lib/carryon/log/app.log', `cert=/fixtures/${own}.pem`, `key=/fixtures/${own}.key`,
    `peerca=/fixtures/${peer}-ca.pem`, `peername=carryon://${peer}/service/s1`, `sandboxpid=${await pair.run(side, 'cat /run/carryon/sandbox.pid')}`,
    `freezer=${await pair.run(side, 'cat /run/carryon/freezer')}`, 'routelocal=route replace 10.99.0.2 dev vh', ...more,
    ...(side === 'source'
      ? ['listen=0.0.0.0:7444', 'deadline=15000', 'lastpid=1', 'fenceopen=flush chain ip carryon fence']
      : [`peer=${address.source}:7444`, 'hold=hold0', 'routehold=route replace 10.99.0.2 dev hold0', 'routepeer=route replace 10.99.0.2 via 10.98.0.1 dev vx1',
         'nestedaddr=10.99.0.2', 'localdev=vh', 'localmac=02:00:00:00:00:02', 'peerdev=vx1', 'peermac=02:00:00:00:01:01']),
  ];
  const line = JSON.stringify({ epoch: 2, state, migration: 'm2', peer: 'peer', at: '2026-01-01T00:00:00Z' });
  await pair.run(side, `mkdir -p ${directory}; cat > ${directory}/config; echo '${line}' >> /var/lib/carryon/journal.ndjson`, `${lines.join('\n')}\n`);
}

async function startDriver(side: Side): Promise<void> {
  const role = side === 'source' ? 'destination' : 'source';
  await execa('docker', ['exec', '-d', container[side], 'sh', '-c', `/opt/carryon/bin/handoff ${role} ${directory}/config 2>> ${directory}/driver.log`]);
}

async function ask(side: Side, verb: string): Promise<Answer & { ready?: boolean }> {
  const script = `const s=require('net').connect('${directory}/ctl.sock',()=>s.write('{"do":"${verb}"}\\n'));let b='';const end=(t)=>{console.log(t);process.exit()};
    s.on('error',(e)=>end(JSON.stringify({ok:false,message:e.message})));s.on('data',(d)=>{b+=d;if(b.endsWith('\\n'))end(b.trim())});s.on('close',()=>end('{"ok":false,"message":"closed"}'))`;
  return JSON.parse((await execa('docker', ['exec', container[side], 'node', '-e', script])).stdout) as Answer & { ready?: boolean };
}

const logs = async (pair: Pair) =>
  (await Promise.all((['source', 'destination'] as const).map((side) => pair.run(side, `cd ${directory}; echo "== ${side}"; cat driver.log events.ndjson; tail -n 15 images/*.log; true`)))).join('\n');

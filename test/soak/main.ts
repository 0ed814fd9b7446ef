import { execa } from 'execa';
import { withSystem } from '../chaos/system/with-system';
import { repository } from '../e2e/support/clusters';
import { soakArguments } from './arguments';
import { buildChecker } from './check-history';
import { momentsOfSoak } from './moments';
import { stepOf } from './schedule';
import { Soak } from './soak';

async function main(): Promise<void> {
  const { minutes, seed, steps, list } = soakArguments(process.argv.slice(2), Date.now() % 1_000_000);
  const moments = await momentsOfSoak();
  if (list) {
    for (let index = 0; index < steps; index += 1) console.log(JSON.stringify(stepOf(seed, index, moments)));
    return;
  }
  await buildChecker();
  const { stdout: commit } = await execa('git', ['-C', repository, 'rev-parse', '--short', 'HEAD']);
  console.log(`soak: seed ${seed}, ${minutes} minutes, commit ${commit}`);
  await withSystem({ lanes: 1, disks: false, clocks: false }, async (system) => {
    const soak = await Soak.prepare(system, { seed, steps, moments, untilMs: Date.now() + minutes * 60_000 });
    await soak.run();
    console.log(`soak: ${soak.ran} steps: ${JSON.stringify(soak.outcomes)}`);
    if (soak.ran === 0) throw new Error('not one step ran, which proves nothing');
    if (soak.faults.length === 0) return;
    for (const fault of soak.faults) console.error(`soak: FAULT: ${fault}`);
    console.error(`soak: all that was seen is in ${soak.directory}; to do the same again, at commit ${commit}: npm run test:soak -- --seed ${seed} --steps ${soak.ran} --minutes ${minutes}`);
    process.exitCode = 1;
  });
}

main().catch((error: unknown) => {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

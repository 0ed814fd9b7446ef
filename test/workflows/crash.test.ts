import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fakeOrchestrator } from '../fakes/orchestrator';
import { answerCall, type Call } from './support/remote-orchestrator';
import { useStage } from './support/use-stage';

const alive: ChildProcess[] = [];
afterAll(() => alive.forEach((child) => child.kill('SIGKILL')));
const stage = useStage();
beforeAll(() => stage.stopCoordinator('edge'));

/** The coordinator of edge in a process of its own; its engine stays in this one. */
async function startEdge(): Promise<ChildProcess> {
  const { address, namespace } = stage.env;
  const child = fork(path.join(__dirname, 'support/coordinator-process.ts'), ['edge', address, namespace ?? 'default'], { execArgv: ['--import', 'tsx'] });
  alive.push(child);
  const orchestrator = fakeOrchestrator('edge', stage);
  const ready = once(child, 'message');
  child.on('message', (call: Call | 'ready') => {
    // It may be killed between the two: nobody needs the answer then.
    if (call !== 'ready') void answerCall(orchestrator, call).then((answer) => child.connected && child.send(answer, () => undefined));
  });
  await ready;
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('a coordinator that is killed', () => {
  test('while files are copied: the next one goes on and the migration finishes', async () => {
    stage.world.run('edge');
    const first = await startEdge();
    const reached = new Promise<void>((resolve) => {
      stage.world.faults.meanwhile('edge.sync', () => (resolve(), new Promise(() => undefined)), 1);
    });
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await reached;
    await kill(first);
    const second = await startEdge();
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
    expect(stage.world.log.filter((tag) => tag === 'edge.prepare:source')).toHaveLength(1);
    await kill(second);
  }, 120_000);

  test('inside the handoff, which went on without it: the journals say that it was committed', async () => {
    stage.world.run('edge');
    const first = await startEdge();
    const reached = new Promise<void>((resolve) => {
      stage.world.faults.lose('edge.step:handoff', new Error('never told'));
      stage.world.faults.meanwhile('edge.step:handoff', () => (resolve(), new Promise((go) => setTimeout(go, 1000))));
    });
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await reached;
    await kill(first);
    const second = await startEdge();
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
    expect(stage.world.log.filter((tag) => tag === 'edge.step:handoff')).toHaveLength(1);
    await kill(second);
  }, 120_000);
});

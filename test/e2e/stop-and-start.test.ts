import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { expectOneCopy } from './support/copies';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-stopped';
const shell = (script: string) => carryon.must('exec', name, 'busybox', 'sh', '-c', script);

beforeAll(
  () => startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '1', '10'], volumes: [`${name}-data:/data`], hostPort: 9019, containerPort: 8080 }),
  minutes(3),
);
afterAll(() => carryon.remove(name), minutes(1));

it('is started again with its files, and not moved while it is stopped', async () => {
  await shell('echo volume > /data/kept; echo layer > /kept');
  expect(await carryon.must('stop', name)).toContain(`carryon start ${name}`);
  const { exitCode, stdout, stderr } = await carryon.cli('plan', name, '--to', 'cloud');
  expect({ exitCode, said: stdout + stderr }).toMatchObject({ exitCode: 3, said: expect.stringContaining(`carryon start ${name}`) as unknown });
  expect(JSON.parse(await carryon.must('start', name, '--json'))).toMatchObject({ name, cluster: 'edge', journal: 'running' });
  expect(await expectOneCopy(carryon, name)).toBe('edge');
  expect((await shell('cat /data/kept /kept')).trim()).toBe('volume\nlayer');
  expect(await carryon.must('start', name)).toContain('runs already');
}, minutes(2));

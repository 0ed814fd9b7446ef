import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecRequest } from '../../domain/engine';
import type { Crun } from './crun';
import { ociProcess } from './oci-config';
import { mergeEnv, type AppProcess } from './process';
import { resolveUser, type UserFiles } from './user';

/**
 * A session beside the application: its limits and rights, not its freezer. The description holds the environment: a file of
 * mode 0600, not arguments that anybody could read.
 */
export async function execCommand(request: ExecRequest, sandbox: { app: AppProcess; users: UserFiles; crun: Crun; cgroupProcs: string[]; run: string }) {
  const { app, users, crun, cgroupProcs, run } = sandbox;
  const user = request.user ? resolveUser(request.user, users) : app.user;
  const env = mergeEnv(app.env, request.user ? [`HOME=${user.home}`] : [], Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`));
  const processFile = join(run, `exec-${randomUUID()}.json`);
  await writeFile(processFile, JSON.stringify(ociProcess({ env, user, confinement: request.user && app.confinement ? { ...app.confinement, additionalGids: user.additionalGids } : app.confinement }, request.command, request.workdir || app.workdir)), { mode: 0o600 });
  return { ...crun.execArguments({ cgroupProcs, processFile }), dispose: () => rm(processFile, { force: true }) };
}

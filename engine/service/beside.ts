import type { SandboxProcess } from '../ports';

/** Our own tools (CRIU) are below, whatever the application or a user starts is above. */
const highestToolPid = 299;

/** A program that was started beside the application: it would stay behind. */
export const isBeside = ({ inTree, innerPid }: SandboxProcess): boolean => !inTree && innerPid > highestToolPid;

import type { FileRoot } from './roots';

/**
 * The peer is the parent process, by descriptor 3: what rsync takes for a remote shell joins its standard streams to it. It ends when the
 * peer has said everything, as rsync waits for it with its own end still open.
 */
export const connector = "sh -c 'exec 4<&0; cat <&4 >&3 & exec cat <&3' connector";
const idleSeconds = 120;

/**
 * Times are compared to the nanosecond: a file that changes twice within a second would else be skipped. No --inplace: it would write through
 * hard links that the source no longer has. Sparse files stay sparse, devices of an overlay (whiteouts) and its attributes are kept.
 */
export function rsyncArguments(root: FileRoot, options: { compareContents: boolean; listed?: boolean; bytesPerSecond?: number }): string[] {
  return [
    '-aHAXS', '--numeric-ids', '--modify-window=-1', '--compress', '--compress-choice=lz4', `--timeout=${idleSeconds}`,
    '--no-human-readable', '--stats', '--info=progress2', '--outbuf=L', '--rsh', connector,
    ...(options.bytesPerSecond === undefined ? [] : [`--bwlimit=${Math.max(1, Math.floor(options.bytesPerSecond / 1024))}`]),
    ...(options.compareContents ? ['--checksum'] : []),
    ...(options.listed ? ['--from0', '--files-from=-', '--ignore-missing-args', '--force'] : ['--delete']),
    ...(root.only === undefined ? [] : [`--include=/${root.only}`, '--exclude=*']),
    `${root.path}/`, `peer::${root.name}/`,
  ];
}

export interface RsyncStats {
  /** On the wire, in both directions, before encryption. */
  bytes: number;
  /** Regular files of which something was sent. */
  files: number;
  /** True when nothing below the root was at the destination before. */
  allNew: boolean;
}

/** Reads what --stats prints at the end. */
export function parseStats(output: string): RsyncStats {
  const number = (label: string) => Number(new RegExp(`^${label}: ([\\d,]+)`, 'm').exec(output)?.[1]?.replaceAll(',', '') ?? Number.NaN);
  const [sent, received, files] = [number('Total bytes sent'), number('Total bytes received'), number('Number of regular files transferred')];
  if (Number.isNaN(sent + received + files)) throw new Error(`rsync reported no statistics: ${output.slice(-300)}`);
  // The root itself is one of the files, and never created.
  return { bytes: sent + received, files, allNew: number('Number of created files') === number('Number of files') - 1 };
}

/** Bytes of files done so far, from the newest line of --info=progress2. */
export function parseProgress(chunk: string): number | undefined {
  const last = [...chunk.matchAll(/(?:^|[\r\n])\s*(\d+)\s+\d+%/g)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

import type { Carryon } from './carryon';

/** Files of the outer container that nobody inside may reach, and one of the service's own, which shows that this way of looking works. */
const secrets = ['engine.js', 'journal.ndjson', 'key.pem', 'service.json', 'init.sock', 'ctl.sock'];
const own = 'counting';

/**
 * Looks for files of the engine as root inside the service: by name in all that can be seen, behind the roots and working directories of all
 * processes there, and behind every descriptor that they have open. The answer is what was found, without repetitions.
 */
export async function seenInside(carryon: Carryon, service: string): Promise<string[]> {
  const names = [...secrets, own].flatMap((name) => ['-o', '-name', name]).slice(1).join(' ');
  const script = `
    busybox find / \\( ${names} \\) 2>/dev/null
    for process in /proc/[0-9]*; do
      for place in $process/root/ $process/cwd/ $process/fd/*/; do
        for file in opt/carryon/engine.js var/lib/carryon/tls/key.pem var/lib/carryon/journal.ndjson ../../opt/carryon/engine.js bin/${own}; do
          [ ! -e $place$file ] || echo $file
        done
      done
      for open in $process/fd/*; do
        case $(busybox readlink $open) in *carryon*) echo $open ;; esac
      done
    done`;
  const found = (await carryon.must('exec', service, 'sh', '-c', script)).split('\n').filter(Boolean).map((file) => file.split('/').at(-1) ?? file);
  return [...new Set(found)];
}

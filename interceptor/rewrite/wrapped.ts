import type { V1Container, V1ExecAction } from '@kubernetes/client-node';
import { begunCommand, execPrefix, hooks, probePrefix, probes } from './names';

type Change = (command: string[], prefix: string[]) => string[];

/** Probes and hooks that run a command run it beside the application, through the ambassador; the others reach it by its ports. */
export const wrapped = (container: V1Container): V1Container => untilItHasBegun(withCommands(container, (command, prefix) => [...prefix, ...command]));

/** The other way round; what others have put in their place stays. */
export function unwrapped(container: V1Container): V1Container {
  const { startupProbe, ...rest } = container;
  const isOurs = startupProbe?.exec?.command?.join(' ') === begunCommand.join(' ');
  return withCommands(isOurs ? rest : container, (command, prefix) => without(prefix, command));
}

/** The application begins when its image has been read, which may take longer than its author gives it: probes wait for that. Written in full, as the API server would. */
const untilItHasBegun = (container: V1Container): V1Container =>
  container.startupProbe || !(container.livenessProbe ?? container.readinessProbe)
    ? container
    : { ...container, startupProbe: { exec: { command: begunCommand }, timeoutSeconds: 5, periodSeconds: 1, successThreshold: 1, failureThreshold: 600 } };

export const without = (prefix: string[], command: string[]) => (prefix.every((word, index) => command[index] === word) ? command.slice(prefix.length) : command);

function withCommands(container: V1Container, change: Change): V1Container {
  const changed = <T extends { exec?: V1ExecAction }>(handler: T, prefix: string[]): T => (handler.exec?.command ? { ...handler, exec: { ...handler.exec, command: change(handler.exec.command, prefix) } } : handler);
  const { lifecycle } = container;
  return {
    ...container,
    ...Object.fromEntries(probes.flatMap((probe) => (container[probe] ? [[probe, changed(container[probe], probePrefix)]] : []))),
    ...(lifecycle && { lifecycle: { ...lifecycle, ...Object.fromEntries(hooks.flatMap((hook) => (lifecycle[hook] ? [[hook, changed(lifecycle[hook], execPrefix)]] : []))) } }),
  };
}

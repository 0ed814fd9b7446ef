import type { OuterSpec } from './service';

/** Only what an orchestrator needs, whatever else the object carries: environment and command stay where the service runs. */
export const outerSpecOf = ({ id, name, image, imageDigest, ports, volumes, localVolumes, memoryBytes, cpus, restart, stopSignal }: OuterSpec): OuterSpec => ({
  id,
  name,
  image,
  ...(imageDigest !== undefined && { imageDigest }),
  ports,
  volumes,
  ...(localVolumes !== undefined && { localVolumes }),
  ...(memoryBytes !== undefined && { memoryBytes }),
  ...(cpus !== undefined && { cpus }),
  restart,
  ...(stopSignal !== undefined && { stopSignal }),
});

import type { EngineStatus } from '../../domain/engine';
import type { Orchestrator, OuterContainer } from '../../domain/orchestrator';
import { owns } from '../../domain/sighting';

/** One outer container as seen now. */
export interface Observation {
  orchestrator: Orchestrator;
  outer: OuterContainer;
  /** Absent when the container is stopped or its engine does not answer. */
  status?: EngineStatus;
}

/** A cluster that could not be asked. */
export interface Unreachable {
  cluster: string;
  error: unknown;
}

export interface Survey {
  observations: Observation[];
  unreachable: Unreachable[];
}

/** Asks clusters at once; one that does not answer does not keep the others from it. */
export async function survey(orchestrators: Orchestrator[], wanted: (outer: OuterContainer) => boolean = () => true): Promise<Survey> {
  const answers = await Promise.all(
    orchestrators.map(async (orchestrator) => {
      try {
        const outers = (await orchestrator.list()).filter(wanted);
        return { observations: await Promise.all(outers.map((outer) => observe(orchestrator, outer))), unreachable: [] };
      } catch (error) {
        return { observations: [], unreachable: [{ cluster: orchestrator.cluster, error }] };
      }
    }),
  );
  return { observations: answers.flatMap((answer) => answer.observations), unreachable: answers.flatMap((answer) => answer.unreachable) };
}

async function observe(orchestrator: Orchestrator, outer: OuterContainer): Promise<Observation> {
  if (!outer.running) return { orchestrator, outer };
  try {
    return { orchestrator, outer, status: await orchestrator.engine(outer).status() };
  } catch {
    return { orchestrator, outer };
  }
}

/** Holds the one copy of the service, or the claim to it. */
export const isOwner = ({ status }: Observation) => status !== undefined && owns(status);

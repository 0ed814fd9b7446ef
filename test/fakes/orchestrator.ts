import { UnavailableError } from '../../domain/errors';
import type { EngineClient } from '../../domain/engine';
import type { Orchestrator, OuterContainer } from '../../domain/orchestrator';
import type { FakeEngine } from './engine';
import { host } from './facts';
import type { World } from './world';

const notHere = (): Promise<never> => Promise.reject(new Error('not part of the fake'));

/** An orchestrator over whatever world a test has put on stage. */
export function fakeOrchestrator(cluster: string, stage: { world: World }): Orchestrator {
  const effect = <T>(verb: string, act: () => T) => stage.world.effect(`${cluster}.${verb}`, act);
  const engineOf = ({ service }: OuterContainer): FakeEngine => {
    const engine = stage.world.at(cluster, service.id);
    if (!engine) throw new UnavailableError('engine-silent', 'the outer container is gone');
    return engine;
  };
  return {
    cluster,
    get deployed() {
      const { deployed } = stage.world;
      return deployed && { of: () => Promise.resolve(deployed[cluster]), seal: (_id: string, sealFor: string) => Promise.resolve(`${deployed[cluster]?.name} for ${sealFor}`), arrival: () => Promise.resolve({ sealFor: cluster }) };
    },
    deploy: (outer, options) =>
      effect('deploy', () => {
        if (options?.deployed !== undefined) stage.world.broughtAlong.push(options.deployed);
        return describe(stage.world.at(cluster, outer.id) ?? stage.world.create(cluster, outer, options));
      }),
    find: (service) => effect('find', () => maybe(stage.world.at(cluster, service))),
    list: () => effect('list', () => stage.world.in(cluster).map(describe)),
    remove: (id, { volumes, container }) =>
      effect(volumes ? 'remove-with-volumes' : 'remove', () => {
        if (container === undefined || stage.world.at(cluster, id)?.container === container) stage.world.delete(cluster, id, { volumes });
      }),
    isDead: (container) => effect('is-dead', () => stage.world.in(cluster).some((engine) => engine.container === container.id && !engine.up && !engine.paused)),
    fileOf: (container, path) => effect('file-of', () => stage.world.at(cluster, container.service.id)?.files.get(path)),
    engine: (container): EngineClient => engineOf(container),
    certificateAuthority: () => Promise.resolve(`CA of ${cluster}`),
    portsInUse: () => Promise.resolve(stage.world.portsInUse),
    host: () => Promise.resolve(host()),
    leaving: () => Promise.resolve(),
    here: () => Promise.resolve(void stage.world.heres.push({ cluster, after: [...stage.world.log] })),
    stop: notHere,
    exportImage: notHere,
    renewCertificates: () => Promise.resolve(0),
  };
}

const maybe = (engine: FakeEngine | undefined) => engine && describe(engine);

const describe = ({ cluster, outer, container, up, paused }: FakeEngine): OuterContainer => ({
  id: container,
  service: { id: outer.id, name: outer.name },
  running: up || paused,
  createdAt: '2026-01-01T00:00:00Z',
  reach: { host: `${cluster}.example`, apiPort: 7443, handoffPort: 7444, tunnelPort: 51820 },
  spec: outer,
});

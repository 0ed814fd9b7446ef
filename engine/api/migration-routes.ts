import type { FastifyInstance } from 'fastify';
import type { Engine } from '../engine';
import { hearAnswer } from '../migration/answer';
import { endRelay } from '../migration/end-relay';
import { forgetDebt } from '../migration/forget-debt';
import { keep } from '../migration/keep';
import { prepare } from '../migration/prepare';
import { settle } from '../migration/settle';
import type { Shared } from '../migration/shared';
import { migrationState } from '../migration/state';
import { stay } from '../migration/stay';
import { step } from '../migration/step';
import { syncFiles } from '../migration/sync';
import { endRelayRequest, epochRequest, keepRequest, parse, parsePrepare, stayRequest, stepRequest, syncRequest } from './schemas';

export function migrationRoutes(app: FastifyInstance, engine: Engine, shared: Shared): void {
  app.post('/v1/migration/prepare', async (request) => {
    await prepare(engine, shared, parsePrepare(request.body));
    return {};
  });

  app.post('/v1/migration/sync', (request) => syncFiles(engine, shared, parse(syncRequest, request.body ?? {}).migration));

  app.post('/v1/migration/step', (request) => {
    const asked = parse(stepRequest, request.body);
    return asked.do === 'answer' ? hearAnswer(engine, asked.migration, asked.state) : step(engine, shared, asked.do, asked.migration);
  });

  app.post('/v1/migration/keep', async (request) => {
    const asked = parse(keepRequest, request.body);
    return shared.run(`${asked.migration}/keep`, () => keep(engine, asked));
  });

  app.get('/v1/migration', async (_request, reply) => {
    const state = await migrationState(engine);
    return state ?? reply.type('application/json').send('null');
  });

  app.post('/v1/relay/end', async (request) => {
    const { epoch, owesNothing } = parse(endRelayRequest, request.body);
    await engine.turn(() => endRelay(engine, epoch, owesNothing));
    // What is frozen here would hold up the removal.
    await settle(engine);
    return {};
  });

  app.post('/v1/relay/forget-debt', async (request) => {
    const { epoch } = parse(epochRequest, request.body);
    await shared.run(`${epoch}/forget-debt`, () => forgetDebt(engine, epoch));
    return {};
  });

  app.post('/v1/stay', async (request) => {
    const { forMs } = parse(stayRequest, request.body);
    await engine.turn(() => stay(engine, forMs));
    return {};
  });
}

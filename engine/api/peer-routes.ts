import type { FastifyInstance } from 'fastify';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { abortForPeer, armForPeer, ipcForPeer, specForPeer, timeForPeer } from '../migration/peer-answers';
import type { Shared } from '../migration/shared';
import { answerLost } from '../migration/take-back';
import { paced } from './paced';
import { claimRequest, epochRequest, parse, peerAbortRequest } from './schemas';

export function peerRoutes(app: FastifyInstance, engine: Engine, shared: Shared): void {
  app.get('/v1/peer/time', () => timeForPeer(engine));
  app.get('/v1/peer/ipc', () => ipcForPeer(engine));
  app.get('/v1/peer/spec', () => specForPeer(engine));

  app.post('/v1/peer/arm', async (request) => {
    await armForPeer(engine, shared, parse(claimRequest, request.body));
    return {};
  });

  app.post('/v1/peer/lost', (request) => answerLost(engine, parse(epochRequest, request.body).epoch));
  app.post('/v1/peer/abort', (request) => abortForPeer(engine, shared, parse(peerAbortRequest, request.body)));

  const image = async (path: string) => {
    const { imageDigest } = await specForPeer(engine);
    const answer = imageDigest ? await engine.images.serve(imageDigest, path) : undefined;
    if (!answer) throw new RefusedError('not-found', `this service's image has no ${path || 'manifest'}`);
    return answer;
  };
  const slowly = async (body: NodeJS.ReadableStream | string) => (typeof body === 'string' ? body : paced(body, (await engine.tickets.newest())?.ticket.bytesPerSecond));
  app.get('/v1/peer/image', async (_request, reply) => {
    const { type, body } = await image('');
    return reply.type(type).send(await slowly(body));
  });
  app.get<{ Params: { '*': string } }>('/v1/peer/image/*', async (request, reply) => {
    const { type, body } = await image(request.params['*']);
    return reply.type(type).send(await slowly(body));
  });
}

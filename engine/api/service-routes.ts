import type { FastifyInstance } from 'fastify';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { readLogs } from '../logs/read';
import { hold } from '../service/hold';
import { inspect } from '../service/inspect';
import { startService } from '../service/start';
import { status } from '../service/status';
import { stopService } from '../service/stop';
import { holdRequest, imageQuery, logsQuery, parse, parseSpec, stopRequest } from './schemas';

export function serviceRoutes(app: FastifyInstance, engine: Engine): void {
  app.get('/v1/status', () => status(engine));
  app.get('/v1/inspect', () => inspect(engine));

  app.put('/v1/image', async (request) => {
    const { ref } = parse(imageQuery, request.query);
    if (!isStream(request.body)) throw new RefusedError('bad-request', 'the body must be a docker-save archive', { next: 'send it as application/x-tar' });
    return engine.images.load(ref, request.body);
  });

  app.post('/v1/service/start', async (request) => {
    const spec = parseSpec(request.body);
    await engine.turn(() => startService(engine, spec));
    return {};
  });

  app.post('/v1/service/stop', (request) => stopService(engine, parse(stopRequest, request.body).timeoutMs));

  app.post('/v1/service/hold', async (request) => {
    const asked = parse(holdRequest, request.body);
    await engine.turn(() => hold(engine, asked));
    return {};
  });

  app.get('/v1/logs', (request, reply) => {
    const { follow, tail } = parse(logsQuery, request.query);
    const stream = readLogs(engine.layout.appLog, { follow: follow === '1', tail });
    request.raw.socket.once('close', () => stream.destroy());
    return reply.type('text/plain; charset=utf-8').send(stream);
  });
}

const isStream = (body: unknown): body is NodeJS.ReadableStream => typeof (body as { pipe?: unknown } | null)?.pipe === 'function';

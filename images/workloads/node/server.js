// HTTP, server-sent events and WebSocket in one server on port 8080, without dependencies but Debian's node-ws.
// /            answers with the number of requests so far
// /events      server-sent events: a number per 20 ms, the same sequence for every client
// WebSocket    echoes every message; sends a number per 20 ms as `tick N`
const http = require('node:http');
const { WebSocketServer } = require('ws');

const tickMs = 20;
const ballast = Buffer.alloc(Number(process.env.BALLAST_MB ?? 64) << 20, 'carryon');
const eventClients = new Set();
let requests = 0;
let tick = 0;

const server = http.createServer((request, response) => {
  requests += 1;
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    eventClients.add(response);
    response.on('close', () => eventClients.delete(response));
    return;
  }
  response.end(JSON.stringify({ requests, tick, ballast: ballast.length }));
});

const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => socket.on('message', (message, binary) => socket.send(message, { binary })));

setInterval(() => {
  tick += 1;
  for (const client of eventClients) client.write(`id: ${tick}\ndata: ${tick}\n\n`);
  for (const socket of sockets.clients) socket.send(`tick ${tick}`);
  if (tick % 50 === 0) console.log(`tick ${tick}`);
}, tickMs);

server.listen(8080, () => console.log('listening'));

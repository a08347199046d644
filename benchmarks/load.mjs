// A client that keeps its connection, and what its calls took.
import http from 'node:http';

export const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
export const median = (values) => percentile(values, 0.5);

export class Client {
  constructor(server) {
    this.server = server;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  // { status, body, ms }; an answer of 400 and more is an error of the benchmark.
  call(method, route, body) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers = { 'X-Requested-With': 'postmypost', Cookie: this.server.cookie };
    if (sent) Object.assign(headers, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent) });
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.server.url}/api/v1${route}`, { method, headers, agent: this.agent }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode >= 400) return reject(new Error(`${method} ${route}: ${response.statusCode} ${text}`));
          resolve({ status: response.statusCode, body: text ? JSON.parse(text) : null, ms: performance.now() - begin });
        });
      });
      request.on('error', reject);
      request.end(sent);
    });
  }

  close() {
    this.agent.destroy();
  }
}

// Only what the tool uses of undici: its index.js also loads fetch, WebSocket, EventSource, caches, interceptors and
// mocks, 240 KB that would delay every start to `ready`.
// Files below undici/lib are not its public API; if one moves, the build fails here.
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';

// As undici's index.js does, for the methods that are called: ProxyAgent itself calls `connect`.
Object.assign(Dispatcher.prototype, { connect, request });

export { Agent, Dispatcher, ProxyAgent };

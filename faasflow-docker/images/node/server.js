// Serves OpenWhisk's action interface for one JavaScript function: POST /init once, then POST /run.
//
// Listens on the Unix socket that FAASFLOW_SOCKET names, else on TCP port 8080. Beyond OpenWhisk, a body of
// the type application/vnd.faasflow.value+json holds any value, not only an object, as {"value": ...}.

'use strict';

const fs = require('node:fs');
const http = require('node:http');
const vm = require('node:vm');

const END_OF_LOG = 'XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n';
const OBJECT = 'application/json';
const WRAPPED = 'application/vnd.faasflow.value+json';

let action = null;

/** What is reported as an error of status 502. */
class Failure extends Error {}

const describe = (error) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** What a user's code threw. */
const failed = (prefix, error) => {
  console.error(error instanceof Error ? error.stack : error);
  return new Failure(prefix + describe(error));
};

const init = ({ code, main = 'main', binary = false, env = {} }) => {
  if (action !== null) {
    throw new Failure('Cannot initialize the action more than once.');
  }
  if (typeof code !== 'string' || code.trim() === '') {
    throw new Failure('Missing main/no code to execute.');
  }
  if (binary) {
    throw new Failure('This runtime takes source text only.');
  }
  if (!/^[A-Za-z_$][\w$]*$/.test(main)) {
    throw new Failure(`'${main}' is no name of a function.`);
  }
  Object.assign(process.env, env);
  let found;
  try {
    const module = { exports: {} };
    const load = vm.runInThisContext(
      // The code's lines keep their numbers.
      `(function (exports, require, module) {${code}\n;return typeof ${main} === 'function' ? ${main} : module.exports.${main};})`,
      { filename: 'action.js' },
    );
    found = load(module.exports, require, module);
  } catch (error) {
    throw failed('The code cannot be loaded: ', error);
  }
  if (typeof found !== 'function') {
    throw new Failure(`The code has no function '${main}'.`);
  }
  action = found;
};

const run = async (request) => {
  if (action === null) {
    throw new Failure('Cannot invoke an uninitialized action.');
  }
  for (const [key, value] of Object.entries(request)) {
    if (key !== 'value' && ['string', 'number', 'boolean'].includes(typeof value)) {
      process.env['__OW_' + key.toUpperCase()] = String(value);
    }
  }
  try {
    return await action(request.value);
  } catch (error) {
    throw failed('', error);
  }
};

const handle = async (path, type, body) => {
  const request = JSON.parse(body);
  if (path === '/init') {
    init(request.value ?? {});
    return [200, OBJECT, '{"ok":true}'];
  }
  if (path === '/run') {
    if (type === WRAPPED) {
      request.value = request.value.value;
    }
    const text = JSON.stringify(await run(request)) ?? 'null';
    // An object may be something else in JSON: a date is a string.
    return /^[[{]/.test(text) ? [200, OBJECT, text] : [200, WRAPPED, `{"value":${text}}`];
  }
  return [404, OBJECT, '{"error":"No such path."}'];
};

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const marks = request.url === '/run' && action !== null;
    let status;
    let type;
    let text;
    try {
      [status, type, text] = await handle(
        request.url, request.headers['content-type'], Buffer.concat(parts).toString());
    } catch (error) {
      [status, type] = [502, OBJECT];
      text = JSON.stringify({ error: error instanceof Failure ? error.message : describe(error) });
    }
    const data = Buffer.from(text);
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': data.length });
    response.end(data);
    if (marks) {
      process.stdout.write(END_OF_LOG);
      process.stderr.write(END_OF_LOG);
    }
  });
});

// The host decides for how long a connection and a call last.
server.keepAliveTimeout = 0;
server.headersTimeout = 0;
server.requestTimeout = 0;

process.on('SIGTERM', () => process.exit(143));
const socket = process.env.FAASFLOW_SOCKET;
if (socket) {
  // Whether others may connect is up to the folder that the socket is in.
  server.listen(socket, () => fs.chmodSync(socket, 0o666));
} else {
  server.listen(8080, '0.0.0.0');
}

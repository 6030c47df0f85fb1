// Connects its standard input and output with the function, for a host that cannot reach its socket. Writes
// the line "connected" to its standard error once it is, and ends when either side does.

'use strict';

const net = require('node:net');

const end = () => process.exit(0);

const connect = () => {
  const peer = net.connect(process.env.FAASFLOW_SOCKET);
  const again = () => setTimeout(connect, 5); // it does not listen yet
  peer.once('error', again);
  peer.once('connect', () => {
    peer.off('error', again);
    peer.on('error', end).on('close', end);
    process.stdin.pipe(peer);
    peer.pipe(process.stdout.on('error', end));
    process.stderr.write('connected\n');
  });
};

// Nothing is sent before we are connected, but the host may give up.
process.stdin.on('error', end).on('end', end).resume();
connect();

"""A server that keeps no rule: what it answers to /run is what the value's 'way' says.

LISTEN=tcp: on port 8080, else on FAASFLOW_SOCKET, which is its user's alone with LISTEN=private;
LISTEN=never: not at all; LISTEN=exit: ends at once.
INIT=status: the status of /init. CLOSE=announced: each answer is the last one of its connection, and says so;
CLOSE=silent: it does not say so, but for its log; CLOSE=exit: after /init nobody listens, and the process ends. The path
of the emulator of AWS Lambda is served as well, and there it keeps all rules.
"""

import json
import os
import socket
import sys
import time


def read_request(stream):
    line = stream.readline().decode()
    if not line:
        return None
    length = 0
    while True:
        header = stream.readline().decode().strip()
        if not header:
            break
        name, _, value = header.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return line.split(" ")[1], json.loads(stream.read(length) or b"null")


CLOSE = os.environ.get("CLOSE")


def answer(out, body, status="200 OK", length=None, extra=""):
    extra += "Connection: close\r\n" if CLOSE in ("announced", "exit") else ""
    data = body if isinstance(body, bytes) else body.encode()
    length = len(data) if length is None else length
    out.sendall(f"HTTP/1.1 {status}\r\n{extra}Content-Length: {length}\r\n\r\n".encode() + data)


def misbehave(out, value, way):
    if way == "not-json":
        answer(out, "this is no JSON")
    elif way == "scalar":
        answer(out, "42")
    elif way == "not-http":
        out.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    elif way == "large":
        answer(out, json.dumps({"large": "x" * value["bytes"]}))
    elif way == "large-chunks":
        out.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            out.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
    elif way == "chunks":
        out.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (b'{"in"', b': "chunks"}'):
            out.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        out.sendall(b"0\r\n\r\n")
    elif way == "drip":
        out.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            out.sendall(b"x")
            time.sleep(0.05)
    elif way == "drip-head":
        out.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            out.sendall(b"X: y\r\n")
            time.sleep(0.01)
    elif way == "short":
        answer(out, "{}", length=1000)
        out.shutdown(socket.SHUT_RDWR)
    elif way == "endless-head":
        out.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1_000_000)
        time.sleep(60)
    elif way == "bad-length":
        out.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")
    elif way == "hang":
        print("hanging", flush=True)
        time.sleep(3600)
    elif way == "close":
        out.shutdown(socket.SHUT_RDWR)
    elif way == "exit":
        print("leaving with 3", flush=True)
        os._exit(3)
    elif way == "memory":
        hog = []
        while True:
            hog.append(bytearray(1 << 20))
            for i in range(0, 1 << 20, 4096):
                hog[-1][i] = 1
    elif way == "error":
        answer(out, json.dumps({"error": "unhappy"}))
    elif way == "status":
        answer(out, json.dumps({"error": "as asked"}), status=value["status"])
    else:
        answer(out, json.dumps({"echo": value}))


# What the emulator of AWS Lambda, version 1.30, answered with AWS's runtimes for Python, Node.js and Java.
RECORDED = {
    "raise": (
        "200 OK",
        '{"errorMessage": "bad", "errorType": "ValueError", "requestId": "a9e6aff8-9e95-41ca-b733-a7b43d088a7e",'
        ' "stackTrace": ["  File \\"/var/task/app.py\\", line 4, in handler\\n    raise ValueError(\\"bad\\")\\n"]}',
    ),
    "raise-node": (
        "200 OK",
        '{"errorType":"TypeError","errorMessage":"bad","trace":["TypeError: bad","    at exports.handler (/var/task/app.js:3:30)"]}',
    ),
    "raise-java": (
        "200 OK",
        '{"errorMessage":"bad","errorType":"java.lang.IllegalStateException","stackTrace":["app.H.handleRequest(H.java:7)"]}',
    ),
    "timed-out": ("200 OK", "Task timed out after 2.00 seconds"),
    "exit": (
        "502 Bad Gateway",
        '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: c5cc7c30-9b18-4b61-b597-9766e822660a'
        ' Error: Runtime exited with error: exit status 3"}',
    ),
    "memory": (
        "502 Bad Gateway",
        '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: d2cac189-6961-40a1-be84-dc1e26b4574d'
        ' Error: Runtime exited with error: signal: killed"}',
    ),
    "large": (
        "502 Bad Gateway",
        '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size (6293458 bytes)'
        ' exceeded maximum allowed payload size (6291556 bytes)."}',
    ),
    "no-handler": (
        "502 Bad Gateway",
        '{"errorMessage": "Handler \'nothing\' missing on module \'app\'", "errorType": "Runtime.HandlerNotFound",'
        ' "requestId": "", "stackTrace": []}',
    ),
    "no-program": ("502 Bad Gateway", ""),
    "busy": ("400 Bad Request", ""),
}


def emulate(out, value, way):
    """As the emulator does it: Go's server says what the body looks like, and how long it is up to 2 KB."""
    status, body = RECORDED.get(way) or ("200 OK", json.dumps(value))
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nDate: Sun, 22 Nov 2026 15:39:11 GMT\r\n"
    kind = "Content-Type: text/plain; charset=utf-8\r\n"
    if len(data) > 2048:
        head += kind + "Transfer-Encoding: chunked\r\n"
        data = b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)
    else:
        head += f"Content-Length: {len(data)}\r\n" + (kind if data else "")
    out.sendall(head.encode() + b"\r\n" + data)


def serve(out):
    with out, out.makefile("rb") as stream:
        while (request := read_request(stream)) is not None:
            path, body = request
            if CLOSE == "exit":
                os.remove(os.environ["FAASFLOW_SOCKET"])
            if path == "/init":
                answer(out, json.dumps({"error": "init as asked"}), status=os.environ.get("INIT", "200 OK"))
            else:
                value = body.get("value") if path == "/run" else body
                way = value.get("way") if isinstance(value, dict) else None
                (misbehave if path == "/run" else emulate)(out, value, way)
            if CLOSE == "exit":
                os._exit(5)
            if CLOSE:
                return


def main():
    listen = os.environ.get("LISTEN")
    if listen == "exit":
        print("no wish to serve", flush=True)
        sys.exit(4)
    if listen == "never":
        print("not listening", flush=True)
        time.sleep(3600)
    if listen == "tcp":
        server = socket.create_server(("0.0.0.0", 8080))
    else:
        server = socket.socket(socket.AF_UNIX)
        server.bind(os.environ["FAASFLOW_SOCKET"])
        if listen != "private":
            os.chmod(os.environ["FAASFLOW_SOCKET"], 0o666)
        server.listen()
    while True:
        out, _ = server.accept()
        try:
            serve(out)
        except OSError:
            pass
        if CLOSE:
            print("closed", flush=True)


main()

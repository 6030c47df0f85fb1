"""Serves OpenWhisk's action interface for one Python function: POST /init once, then POST /run.

Listens on the Unix socket that FAASFLOW_SOCKET names, else on TCP port 8080. Beyond OpenWhisk, a body of
the type application/vnd.faasflow.value+json holds any value, not only an object, as {"value": ...}.
"""

import json
import os
import signal
import socketserver
import sys
import traceback
import types
from http.server import BaseHTTPRequestHandler

END_OF_LOG = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
WRAPPED = "application/vnd.faasflow.value+json"


class Failure(Exception):
    """What is reported as an error of status 502."""


class Action:
    """The function, once it is known."""

    def __init__(self):
        self.function = None

    def init(self, value):
        if self.function is not None:
            raise Failure("Cannot initialize the action more than once.")
        code = value.get("code")
        if not isinstance(code, str) or not code.strip():
            raise Failure("Missing main/no code to execute.")
        if value.get("binary"):
            raise Failure("This runtime takes source text only.")
        os.environ.update({k: str(v) for k, v in (value.get("env") or {}).items()})
        name = value.get("main") or "main"
        module = types.ModuleType("action")
        sys.modules["action"] = module
        try:
            exec(compile(code, "action.py", "exec"), module.__dict__)
        except BaseException as error:
            traceback.print_exc()
            raise Failure(f"The code cannot be loaded: {type(error).__name__}: {error}") from error
        function = getattr(module, name, None)
        if not callable(function):
            raise Failure(f"The code has no function '{name}'.")
        self.function = function

    def run(self, request):
        if self.function is None:
            raise Failure("Cannot invoke an uninitialized action.")
        for key, value in request.items():
            if key != "value" and isinstance(value, (str, int, float)):
                os.environ["__OW_" + key.upper()] = str(value)
        try:
            return self.function(request.get("value"))
        except BaseException as error:
            traceback.print_exc()
            raise Failure(f"{type(error).__name__}: {error}") from error
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    action = Action()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        marks = False
        try:
            request = json.loads(body)
            if self.path == "/init":
                self.action.init(request.get("value") or {})
                status, answer, kind = 200, {"ok": True}, "application/json"
            elif self.path == "/run":
                marks = self.action.function is not None
                wrapped = self.headers.get("Content-Type") == WRAPPED
                if wrapped:
                    request["value"] = request["value"]["value"]
                answer, kind = self.action.run(request), "application/json"
                if not isinstance(answer, (dict, list)):
                    answer, kind = {"value": answer}, WRAPPED
                status = 200
            else:
                status, answer, kind = 404, {"error": "No such path."}, "application/json"
            text = json.dumps(answer)
        except Failure as failure:
            status, kind, text = 502, "application/json", json.dumps({"error": str(failure)})
        except Exception as error:
            status, kind = 502, "application/json"
            text = json.dumps({"error": f"{type(error).__name__}: {error}"})
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
        if marks:
            for stream in (sys.stdout, sys.stderr):
                print(END_OF_LOG, file=stream, flush=True)

    def address_string(self):
        return "client"

    def log_message(self, format, *args):
        pass


def serve():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))  # the first process has no default for it
    path = os.environ.get("FAASFLOW_SOCKET")
    if path:
        server = socketserver.UnixStreamServer(path, Handler)
        os.chmod(path, 0o666)  # whether others may connect is up to the folder that it is in
    else:
        socketserver.TCPServer.allow_reuse_address = True
        server = socketserver.TCPServer(("0.0.0.0", 8080), Handler)
    server.serve_forever()


if __name__ == "__main__":
    serve()

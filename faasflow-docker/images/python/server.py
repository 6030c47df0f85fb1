"""Serves OpenWhisk's action interface for one Python function: POST /init once, then POST /run.

Listens on the Unix socket that FAASFLOW_SOCKET names, else on TCP port 8080. Beyond OpenWhisk, a body of
the type application/vnd.faasflow.value+json holds any value, not only an object, as {"value": ...}.

Bytes stand in JSON as {"$file": {"contentType": ..., "path": ...}}, or with "data" in Base64 in place of the
path. Functions see a Blob, and give one, or bytes. They get it with "from faasflow import Blob".
"""

import base64
import contextlib
import io
import json
import mmap
import os
import shutil
import signal
import socketserver
import sys
import traceback
import types
from http.server import BaseHTTPRequestHandler

END_OF_LOG = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
WRAPPED = "application/vnd.faasflow.value+json"


INBOX = os.environ.get("FAASFLOW_IN")
OUTBOX = os.environ.get("FAASFLOW_OUT")
FILES_FROM = int(os.environ.get("FAASFLOW_FILES_FROM", 0))
MARK = "$file"
BYTES = "application/octet-stream"


class Blob:
    """Bytes with a content type. Those that came as a file are there until the call ends, and read-only.

    Attributes:
        content_type: a media type
        size: how many bytes there are
        path: the file; None where the bytes came in the request
    """

    _count = 0

    def __init__(self, data=b"", content_type=BYTES, path=None):
        self._data = None if path else data
        self.content_type = content_type
        self.path = path
        self.size = os.path.getsize(path) if path else len(data)

    @classmethod
    def new_path(cls):
        """A path for a new file that is to be given. Write it, close it, and return Blob(path=...)."""
        if not OUTBOX:
            raise RuntimeError("This container shares no files with its host: return bytes.")
        cls._count += 1
        return f"{OUTBOX}/{cls._count}"

    def open(self):
        """A binary file to read from."""
        return open(self.path, "rb") if self.path else io.BytesIO(self._data)

    def read(self):
        """All bytes, copied onto the heap where they are a file."""
        with self.open() as file:
            return file.read()

    def view(self):
        """All bytes as a memoryview, without a copy: a file is mapped."""
        if not self.path or self.size == 0:
            return memoryview(self.read())
        with self.open() as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def received(mark):
    """What an object stands for, as json.loads meets it."""
    said = mark.get(MARK) if len(mark) == 1 else None
    if not isinstance(said, dict):
        return mark
    kind = said.get("contentType", BYTES)
    path = said.get("path")
    if path is not None:
        if not INBOX or os.path.dirname(path) != INBOX:
            raise Failure("The request has a file that is not in the inbox.")
        return Blob(content_type=kind, path=path)
    return Blob(base64.b64decode(said["data"]), kind)


DECODER = json.JSONDecoder(object_hook=received)  # kept: to make one takes longer than to use it


def given(value):
    """What stands for a value that JSON has no form for."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = Blob(value)
    if not isinstance(value, Blob):
        raise TypeError(f"{type(value).__name__} is not JSON serializable")
    path = value.path
    if path and os.path.dirname(path) not in (INBOX, OUTBOX) or not path and value.size >= FILES_FROM > 0:
        path = stored(value)
    if path:
        if os.path.dirname(path) == OUTBOX:
            with contextlib.suppress(OSError):
                os.chmod(path, 0o644)  # temporary files are their user's alone, which the host need not be
        return {MARK: {"contentType": value.content_type, "path": path}}
    data = base64.b64encode(value._data if value.path is None else value.read()).decode()
    return {MARK: {"contentType": value.content_type, "data": data}}


def stored(value):
    """A new file in the outbox with the same bytes; None where there is no outbox, or no room."""
    if not OUTBOX:
        return None
    path = Blob.new_path()
    try:
        with value.open() as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return path
    except OSError:
        if os.path.exists(path):
            os.remove(path)
        return None


class Failure(Exception):
    """What is reported as an error of status 502."""


class Action:
    """The function, once it is known."""

    def __init__(self):
        self.function = None
        self.known = {}

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
            if key != "value" and isinstance(value, (str, int, float)) and self.known.get(key) != value:
                self.known[key] = value  # most stay the same from call to call, and setting them takes time
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
        marks = self.path == "/run" and self.action.function is not None
        process = os.getpid()
        try:
            request = DECODER.decode(body.decode())
            if self.path == "/init":
                self.action.init(request.get("value") or {})
                status, answer, kind = 200, {"ok": True}, "application/json"
            elif self.path == "/run":
                wrapped = self.headers.get("Content-Type") == WRAPPED
                if wrapped:
                    request["value"] = request["value"]["value"]
                answer, kind = self.action.run(request), "application/json"
                if not isinstance(answer, (dict, list)):
                    answer, kind = {"value": answer}, WRAPPED
                status = 200
            else:
                status, answer, kind = 404, {"error": "No such path."}, "application/json"
            text = json.dumps(answer, default=given, allow_nan=False)
        except Failure as failure:
            status, kind, text = 502, "application/json", json.dumps({"error": str(failure)})
        except Exception as error:
            status, kind = 502, "application/json"
            text = json.dumps({"error": f"{type(error).__name__}: {error}"})
        if os.getpid() != process:  # the function made a copy of this process, which must not answer as well
            os._exit(0)
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
    sys.modules["faasflow"] = types.ModuleType("faasflow")
    sys.modules["faasflow"].Blob = Blob
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

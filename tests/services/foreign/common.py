"""What both servers share: a port of loopback, and an end when whoever started them is gone."""

import json
import socketserver
import ssl
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """One thread a connection."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """Says nothing of the requests: standard error is for faults."""

    def get_environ(self):
        # WSGI tells the path decoded; signatures are over the path as it was sent.
        return super().get_environ() | {"REQUEST_URI": self.path}

    def log_message(self, format, *arguments):
        pass


def settings():
    """The settings, a JSON object given as the only argument."""
    return json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}


def bind(given):
    """A server on a free port of loopback, without an application yet; over TLS if `certificate` is set, a PEM file."""
    server = Server(("127.0.0.1", 0), Handler)
    if given.get("certificate"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given["certificate"])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def serve(server, application):
    """Tells the port on standard output, and serves until standard input is closed."""
    server.set_app(application)
    threading.Thread(target=end_with_input, args=(server,), daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()


def end_with_input(server):
    sys.stdin.buffer.read()
    server.shutdown()

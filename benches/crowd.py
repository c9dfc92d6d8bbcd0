"""The measurements of crowd.sh, for one binary. The wall is the median of five crowds, from before the first start
until the last has ended, less what it takes to start and reap as many processes that do nothing, one after another
from one parent; the gate is one fetch plus 0.2 ms for each process."""

import http.server
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time

binary = sys.argv[1]
home = tempfile.mkdtemp()
requests = 0


class Token(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global requests
        self.rfile.read(int(self.headers["Content-Length"]))
        requests += 1
        # As long as a token endpoint takes, so that all have come before the answer.
        time.sleep(0.1)
        body = json.dumps({"access_token": f"tok-{requests}", "expires_in": 3600}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Token)
threading.Thread(target=server.serve_forever, daemon=True).start()
profiles = os.path.join(home, "profiles.toml")
with open(os.open(profiles, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
    file.write(
        f'[profiles.p]\ntoken_url = "http://127.0.0.1:{server.server_port}/t"\n'
        'client_id = "id"\nclient_secret = { env = "SECRET" }\n'
    )
environment = {"HOME": home, "TOK_CONFIG": profiles, "SECRET": "secret"}
time.sleep(0.1)


def crowd(count, program, args):
    """Wall seconds, exit codes and answers of so many processes."""
    out = os.path.join(home, "out")
    with open(out, "wb") as file:
        begun = time.perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, file.fileno(), 1)]
        ids = [os.posix_spawn(program, args, environment, file_actions=actions) for _ in range(count)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(id, 0)[1]) for id in ids]
        wall = time.perf_counter() - begun
    with open(out) as file:
        return wall, codes, file.read().split()


def cold(count):
    global requests
    walls = []
    for _ in range(5):
        shutil.rmtree(os.path.join(home, ".cache"), ignore_errors=True)
        requests = 0
        wall, codes, tokens = crowd(count, binary, ["tok", "get", "p"])
        if (requests, set(codes), set(tokens), len(tokens)) != (1, {0}, {"tok-1"}, count):
            sys.exit(f"{count} processes: {requests} requests, codes {set(codes)}, {len(tokens)} tokens {set(tokens)}")
        walls.append(wall)
    return statistics.median(walls) * 1000


nothing = shutil.which("true")
one = cold(1)
print(f"{'cold processes':>14} {'requests':>9} {'wall, ms':>9} {'of them starting':>17} {'less that':>10} {'gate (S7)':>10}")
for count in [1, 2, 10, 50, 200, 500, 1000]:
    wall = cold(count) if count > 1 else one
    starting = statistics.median(crowd(count, nothing, ["true"])[0] for _ in range(5)) * 1000
    print(f"{count:>14} {1:>9} {wall:>9.1f} {starting:>17.1f} {wall - starting:>10.1f} {one + 0.2 * count:>10.1f}")
server.shutdown()
shutil.rmtree(home)

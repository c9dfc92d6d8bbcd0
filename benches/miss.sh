#!/usr/bin/env bash
# What fetching a token costs, beside curl sending the same request and printing the reply: plain HTTP and TLS, on loopback.
# Ratios are medians of pairs of one run. tok asks afresh, with a token in its cache, and writes the one that it gets, synced:
# how long that takes hangs on the disk under TMPDIR. Needs hyperfine, curl, strace, python3 and openssl.
# Without arguments both builds are measured; with them, those binaries: benches/miss.sh [BINARY…]
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
if [ $# -eq 0 ]; then
    cargo build --locked --release --quiet
    just dist
    set -- "$target/x86_64-unknown-linux-musl/release/tok" "$target/release/tok"
fi

home=$(mktemp -d)
trap 'kill "${server:-}" 2> /dev/null; rm -rf "$home"' EXIT
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${ec[@]}" -days 2 -subj /CN=bench -keyout "$home/ca.key" -out "$home/ca.pem" 2> /dev/null
openssl req "${ec[@]}" -subj /CN=localhost -keyout "$home/key.pem" -out "$home/request.pem" 2> /dev/null
openssl x509 -req -in "$home/request.pem" -CA "$home/ca.pem" -CAkey "$home/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo subjectAltName=DNS:localhost) -out "$home/cert.pem" 2> /dev/null
cat > "$home/server.py" << 'PYTHON'
import http.server, json, os, ssl, sys, threading

class Token(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"access_token": "tok-1", "token_type": "Bearer", "expires_in": 3600}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

plain, tls = (http.server.ThreadingHTTPServer(("127.0.0.1", 0), Token) for _ in range(2))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + "/cert.pem", sys.argv[1] + "/key.pem")
tls.socket = context.wrap_socket(tls.socket, server_side=True)
threading.Thread(target=tls.serve_forever, daemon=True).start()
with open(sys.argv[1] + "/ports.new", "w") as ports:
    ports.write(f"{plain.server_port} {tls.server_port}\n")
os.rename(sys.argv[1] + "/ports.new", sys.argv[1] + "/ports")
plain.serve_forever()
PYTHON
python3 "$home/server.py" "$home" &
server=$!
for _ in $(seq 100); do [ -s "$home/ports" ] && break; sleep 0.1; done
read -r plain tls < "$home/ports"

(umask 077 && cat > "$home/profiles.toml" << TOML
[profiles.plain]
token_url = "http://127.0.0.1:$plain/token"
client_id = "id"
client_secret = { env = "SECRET" }

[profiles.tls]
extends = "plain"
token_url = "https://localhost:$tls/token"
ca_file = "ca.pem"

[profiles.bundle]
extends = "plain"
token_url = "https://localhost:$tls/token"
TOML
)
bundle=/etc/ssl/certs/ca-certificates.crt
cat "$home/ca.pem" "$bundle" > "$home/bundle.pem" 2> /dev/null || cp "$home/ca.pem" "$home/bundle.pem"

median() { sort -n | awk '{ all[NR] = $1 } END { printf "%.2f", all[int((NR + 1) / 2)] }'; }
# ratio CURL TOK [VARIABLE…]
ratio() {
    local curl=$1 tok=$2
    shift 2
    for _ in 1 2 3 4 5; do
        env -i HOME="$home" TOK_CONFIG="$home/profiles.toml" SECRET=secret "$@" \
            "$(command -v hyperfine)" -N --warmup 5 --runs 60 --export-json "$home/times.json" "$curl" "$tok" > /dev/null 2>&1
        awk -F: '/"median"/ { gsub(/[ ,]/, "", $2); print $2 }' "$home/times.json" | paste -s -d ' ' | awk '{ print $2 / $1 }'
    done | median
}
memory() { [ -x /usr/bin/time ] && env -i HOME="$home" TOK_CONFIG="$home/profiles.toml" SECRET=secret /usr/bin/time -f %M "$@" 2>&1 > /dev/null; }

calls() { env -i HOME="$home" TOK_CONFIG="$home/profiles.toml" SECRET=secret "$(command -v strace)" -f -c -o "$home/calls" "$@" > /dev/null && awk '$NF == "total" { print $4 }' "$home/calls"; }

curl="$(command -v curl) -s -u id:secret -d grant_type=client_credentials"
row() { printf '%-58s %8s %8s\n' "$@"; }
for binary in "$@"; do
    tok=$(realpath "$binary")
    case $tok in *musl*) row artefact measured gate ;; *) row 'plain build' measured gate ;; esac
    private="$curl --cacert $home/ca.pem https://localhost:$tls/token"
    row 'miss, HTTP, of curl' "$(ratio "$curl http://127.0.0.1:$plain/token" "$tok get plain -f")" ''
    row '  the same, nothing synced (S5)' "$(ratio "$curl http://127.0.0.1:$plain/token" "$tok get plain --no-cache")" 0.50
    row 'miss, TLS, one private CA, of curl --cacert (S6)' "$(ratio "$private" "$tok get tls -f" SSL_CERT_FILE="$home/ca.pem")" 0.80
    row "  ca_file beside the platform's roots" "$(ratio "$private" "$tok get tls -f")" 0.80
    row "miss, TLS, the system's bundle, of curl (S6)" \
        "$(ratio "$curl --cacert $home/bundle.pem https://localhost:$tls/token" "$tok get bundle -f" SSL_CERT_FILE="$home/bundle.pem")" 0.40
    row 'miss, TLS, one private CA, peak memory, KiB (S8)' "$(memory env SSL_CERT_FILE="$home/ca.pem" "$tok" get tls -f)" 12288
    row "miss, TLS, the system's bundle, peak memory, KiB" "$(memory env SSL_CERT_FILE="$home/bundle.pem" "$tok" get bundle -f)" 12288
    row 'miss, HTTP, system calls' "$(calls "$tok" get plain -f)" ''
    row 'miss, TLS, ca_file, system calls' "$(calls "$tok" get tls -f)" ''
done

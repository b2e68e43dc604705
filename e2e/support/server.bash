# Starts the real binary on a free port and an empty folder, for the scripts beside this
# folder that source it. What they started is gone when they end; where they fail, the
# server's last words are shown.
#
#   PARLOR_BIN        the binary (target/ci/parlor)
#   PARLOR_E2E_VENV   a Python environment with requirements.txt (target/e2e-venv)
#
# Gives them: $root, $python, $binary, $folder (removed at the end), PARLOR_URL,
# PARLOR_LISTEN and PARLOR_DATA_DIR in the environment, and $server, its process.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
binary=${PARLOR_BIN:-$target/ci/parlor}
python=${PARLOR_E2E_VENV:-$target/e2e-venv}/bin/python

folder=$(mktemp -d)
server=""
others=() # processes of the script that sources this, ended with it

finish() {
  local code=$? process
  for process in "$server" "${others[@]}"; do
    [ -n "$process" ] || continue
    kill -9 "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  if [ "$code" -ne 0 ]; then
    local log
    for log in "$folder"/*.log; do
      [ -s "$log" ] || continue
      echo "the last words of $(basename "$log" .log):" >&2
      tail -n 20 "$log" >&2
    done
  fi
  rm -rf "$folder"
}
trap finish EXIT

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PARLOR_URL=http://127.0.0.1:$port PARLOR_LISTEN=127.0.0.1:$port PARLOR_DATA_DIR=$folder/data

# Starts the server and waits until it is ready, for 20 s at most.
start_server() {
  "$binary" serve >>"$folder/server.log" 2>&1 &
  server=$!
  "$python" - "$PARLOR_URL/readyz" <<'PYTHON'
import sys, time, urllib.request

deadline = time.monotonic() + 20
while True:
    try:
        urllib.request.urlopen(sys.argv[1], timeout=1).close()
        break
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f"the server did not get ready: {error}")
        time.sleep(0.02)
PYTHON
}

# Ends the server as a power cut would.
kill_server() {
  kill -9 "$server"
  wait "$server" 2>/dev/null || true
  server=""
}

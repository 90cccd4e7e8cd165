# Finds or fetches what the scripts need beside Rust. Sourced by tests/run and .ci/run, both from the root of the tree.
#
# Everything lands under the target directory, at a fixed version, and is kept there: a second run fetches nothing.
# shellcheck shell=bash

BUF_VERSION=1.75.0

# Where cargo builds, as an absolute path, since cargo reads the variable from wherever it is called.
target_dir=$(realpath -m -- "${CARGO_TARGET_DIR:-target}")

die() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# need COMMAND WHAT-TO-DO: stops with a plain sentence when a command is missing.
need() {
    command -v "$1" >/dev/null || die "$1 is missing. $2"
}

need_rust() {
    need cargo 'Install Rust with rustup, then open a new shell.'
    need cc 'Install a C compiler: apt-get install build-essential (SQLite and the cryptography are written in C).'
}

need_python() {
    need python3 'Install Python 3.11 or newer: apt-get install python3 python3-venv.'
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "$(python3 --version) is too old. Install Python 3.11 or newer."
}

# python_env DIRECTORY REQUIREMENTS [PIP-OPTION...]: makes a virtual environment that holds just these packages. It is made
# anew when the list has changed, and the stamp is written last, so that an interrupted one is made anew too.
python_env() {
    local directory=$1 requirements=$2
    shift 2
    need_python
    if cmp -s "$requirements" "$directory/made-from.txt"; then
        return
    fi
    rm -rf "$directory"
    # Debian has it in a package of its own.
    python3 -c 'import ensurepip, venv' 2>/dev/null || system_package python3-venv "Python's venv"
    python3 -m venv "$directory" || die 'python3 cannot make a virtual environment.'
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$@" \
        --requirement "$requirements" || die "the Python packages of $requirements could not be installed."
    cp "$requirements" "$directory/made-from.txt"
}

# Puts `buf`, which lints and compares the contract, on the path.
buf_tool() {
    local tools=$target_dir/tools
    need node 'Install Node.js 18 or newer: apt-get install nodejs npm (buf, which reads the contract, comes with npm).'
    need npm 'Install npm: apt-get install npm (buf, which reads the contract, comes with it).'
    export PATH=$tools/node_modules/.bin:$PATH
    if [[ $(buf --version 2>/dev/null) != "$BUF_VERSION" ]]; then
        npm install --prefix "$tools" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
            "@bufbuild/buf@$BUF_VERSION" || die 'buf could not be installed with npm.'
    fi
}

# node_env DIRECTORY PROJECT: installs what a project's lock file lists, hashes and all, and nothing of it runs meanwhile.
node_env() {
    local directory=$1 project=$2
    need npm 'Install npm: apt-get install npm.'
    if cmp -s "$project/package-lock.json" "$directory/made-from.json"; then
        return
    fi
    rm -rf "$directory"
    mkdir -p "$directory"
    cp "$project/package.json" "$project/package-lock.json" "$directory"
    npm ci --prefix "$directory" --ignore-scripts --no-audit --no-fund --loglevel=error ||
        die "the Node.js packages of $project could not be installed."
    cp "$project/package-lock.json" "$directory/made-from.json"
}

# Prints where PostgreSQL's server programs are: the newest that is installed. Debian keeps them off the path.
postgres_bin() {
    local found
    found=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort --version-sort | tail -n 1)
    found=${found:-$(command -v initdb)} || return 1
    dirname -- "$(realpath -- "$found")"
}

# as_root COMMAND...: as who may install.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo --non-interactive "$@"
    fi
}

# system_package PACKAGE NAME: installs a package of the system's.
system_package() {
    local package=$1 name=$2
    if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
        die "$name is missing and cannot be installed from here. Install it: apt-get install $package."
    fi
    as_root apt-get update --quiet=2 || die 'the lists of packages could not be fetched.'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "$package" >/dev/null ||
        die "$name could not be installed."
}

# Prints where promtool is, which reads metrics and alerts as Prometheus does. Where it is missing it is taken out of the
# system's package, which would start a Prometheus if it were installed.
promtool_program() {
    local directory=$target_dir/prometheus
    if command -v promtool; then
        return
    fi
    if [[ ! -x $directory/usr/bin/promtool ]]; then
        command -v apt-get >/dev/null || die 'promtool is missing and cannot be fetched from here. Install Prometheus.'
        as_root apt-get update --quiet=2 || die 'the lists of packages could not be fetched.'
        rm -rf "$directory"
        mkdir -p "$directory"
        (cd "$directory" && apt-get download --quiet=2 prometheus 2>/dev/null) || die 'Prometheus could not be fetched.'
        dpkg-deb --extract "$directory"/*.deb "$directory"
    fi
    printf '%s\n' "$directory/usr/bin/promtool"
}

# Installs PostgreSQL where it is missing.
postgres_server() {
    postgres_bin >/dev/null || system_package postgresql PostgreSQL
}

# Starts a throw-away PostgreSQL, which is removed with the calling script, however that ends.
throw_away_postgres() {
    postgres_server
    cluster=$(mktemp -u "${TMPDIR:-/tmp}/waba-migrator-postgres.XXXXXX")
    trap 'tests/postgres stop "$cluster" || rm -rf -- "$cluster"' EXIT
    TEST_POSTGRES_URL=$(tests/postgres start "$cluster")
    export TEST_POSTGRES_URL
}

# Prints where a browser is: Chromium, or the other that is made of it.
browser_program() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

# Installs a browser where there is none.
browser() {
    browser_program >/dev/null || system_package chromium Chromium
}

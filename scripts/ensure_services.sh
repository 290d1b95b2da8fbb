#!/bin/sh
# Install PostgreSQL and nginx for the tests of several replicas, and systemd's checker for those of its units, if they are
# missing: the programs only, which the tests start and stop themselves.
set -eu

# The newest PostgreSQL of Debian's layout, else the one on the path; nginx may be outside an ordinary user's path.
PATH="$PATH:/usr/sbin:/sbin"
have_postgres() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null
}
have_nginx() {
    command -v nginx >/dev/null
}
have_systemd() {
    command -v systemd-analyze >/dev/null
}

missing=
have_postgres || missing=postgresql
have_nginx || missing="$missing nginx"
have_systemd || missing="$missing systemd"
[ -n "$missing" ] || exit 0

log=$(mktemp)
scratch=
# Debian asks this program before it starts what was just installed: the tests need no server started by the system.
policy=/usr/sbin/policy-rc.d
tidy() {
    rm -f "$log"
    [ -z "$scratch" ] || $as_root rm -f "$scratch"
}
trap tidy EXIT

if [ "$(id -u)" = 0 ]; then
    as_root=env
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    as_root=
fi

install_missing() {
    if [ ! -e "$policy" ]; then
        scratch=$policy
        printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
        $as_root chmod 755 "$policy"
    fi
    # The lists of packages may be old, or absent from a container.
    $as_root apt-get update >>"$log" 2>&1 </dev/null &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends $missing >>"$log" 2>&1 </dev/null
}

if [ -n "$as_root" ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$(printf ' %s' $missing) for the tests (once)"
    install_missing || tail -n 15 "$log" >&2
fi

if have_postgres && have_nginx && have_systemd; then
    exit 0
fi
echo "The tests need PostgreSQL, nginx and systemd-analyze: install the packages postgresql, nginx and systemd, then run make again." >&2
exit 1

#!/bin/sh
# Record all programs of this folder on this machine: sh record-all.sh [FOLDER]
# Run it as root, on a FreeBSD machine set up for this, without jails.  It makes a file to send back.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/recorded}

fail() {
    echo "record-all: $*" >&2
    exit 4
}

[ "$(uname -s)" = FreeBSD ] || fail "this is not FreeBSD"
[ "$(id -u)" -eq 0 ] || fail "only root can make jails"
[ -z "$(jls -d jid)" ] || fail "there are jails here: take a machine that has none"

python=
for name in python3 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        python=$name
        break
    fi
done
[ -n "$python" ] || fail "there is no Python 3.9 or newer: pkg install -y python3"

mkdir -p "$out"
{
    uname -a
    freebsd-version -ku
    sysctl kern.osreldate security.jail.children security.jail.vnet
    "$python" --version
} >"$out/machine.txt" 2>&1

failed=0
for holder in fd tcp; do
    echo "recording; $holder holds jails ..."
    code=0
    "$python" "$here/record.py" --hold "$holder" --output "$out/$holder.jsonl" \
        "$here/programs.jsonl" 2>"$out/$holder.log" || code=$?
    tail -n 1 "$out/$holder.log"
    [ "$code" -le 1 ] || failed=1
done

tar -czf "$out.tar.gz" -C "$(dirname "$out")" "$(basename "$out")"
echo "send back: $out.tar.gz"
exit "$failed"

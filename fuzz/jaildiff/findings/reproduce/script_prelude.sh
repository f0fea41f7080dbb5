set -u
now='before the first step'

cannot()
{
	printf 'It cannot be tried here: %s\n' "$1" >&2
	exit 2
}

tidy()
{
	for kept in *.pid; do
		[ ! -f "$kept" ] || kill "$(cat "$kept")" 2>/dev/null
	done
	for jid in $(jls jid); do
		jail -R "$jid" >/dev/null 2>&1
	done
	cd / && rm -rf "$root"
}

# What follows is step NUMBER of the program.
step()
{
	now="step $1: $2"
	printf '%s\n' "$now"
}

differs()
{
	printf '%s\n    command: %s\n    expected: %s\n    found: %s\n' \
	    "$now" "$(printf '%s' "$ran" | cat -v)" "$1" "$2"
	printf 'This kernel answers differently.\n'
	exit 1
}

found()
{
	cat out err | cat -v
}

# works COMMAND...
works()
{
	ran=$*
	"$@" >out 2>err || differs success "$(found)"
}

# prints TEXT COMMAND...
prints()
{
	expected=$1
	shift
	works "$@"
	[ "$(cat out)" = "$expected" ] || differs "$expected" "$(found)"
}

# fails TEXT COMMAND...: with this in its message.
fails()
{
	expected=$1
	shift
	ran=$*
	if "$@" >out 2>err; then
		differs "a failure: $expected" "success: $(found)"
	fi
	grep -qF -e "$expected" err || differs "$expected" "$(found)"
}

# keep NAME COMMAND...: let it run until it is released; it prints a line when it is ready.
keep()
{
	name=$1
	shift
	ran=$*
	"$@" >"$name.out" 2>"$name.err" &
	echo $! >"$name.pid"
	tries=0
	until [ -s "$name.out" ] || [ -s "$name.err" ] || [ "$tries" -eq 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	cp "$name.out" out
	cp "$name.err" err
	[ -s out ] || differs success "$(found)"
}

# release NAME: end it, and wait until it is gone.
release()
{
	kill "$(cat "$1.pid")" 2>/dev/null
	wait "$(cat "$1.pid")" 2>/dev/null
	rm -f "$1.pid" "$1.out" "$1.err"
}

for program in jail jls; do
	command -v "$program" >/dev/null || cannot "there is no $program"
done
[ "$(id -u)" -eq 0 ] || cannot 'it must be run as root'
[ -z "$(jls -d jid)" ] || cannot 'there are jails; take a machine made for this'
root=$(mktemp -d) || cannot 'there is no folder to work in'
cd "$root" || cannot "$root cannot be entered"
trap tidy EXIT
trap 'exit 2' HUP INT TERM

# keep NAME COMMAND...: let it run until it is released; it prints a line when it is ready.
keep()
{
	name=$1
	shift
	"$@" >"$name.out" 2>"$name.err" &
	echo $! >"$name.pid"
	tries=0
	until [ -s "$name.out" ] || [ -s "$name.err" ] || [ "$tries" -eq 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ -s "$name.out" ] || atf_fail "$name: $(cat "$name.err")"
}

# release NAME: end it, and wait until it is gone.
release()
{
	kill "$(cat "$1.pid")" 2>/dev/null
	wait "$(cat "$1.pid")" 2>/dev/null
	rm -f "$1.pid" "$1.out" "$1.err"
}

# Jids are counted, and other jails would be in the way.
need_no_jails()
{
	[ -z "$(jls -d jid)" ] || atf_skip 'there are jails; take a machine made for this'
	touch no_jails_before
}

tidy()
{
	[ -f no_jails_before ] || return 0
	for kept in *.pid; do
		[ ! -f "$kept" ] || kill "$(cat "$kept")" 2>/dev/null
	done
	for jid in $(jls jid); do
		jail -R "$jid" >/dev/null 2>&1
	done
	return 0
}

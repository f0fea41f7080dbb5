# Dying jails get jids that are counted down from 999999 since the machine was booted.  count_dead
# gives one to a jail and leaves it in $dead; 1000000 if this kernel gives them none.
count_dead()
{
	dead=1000000
	jail -c jid=424242 persist >/dev/null
	keep counted jailcall -j 424242 hold
	jail -R 424242 >/dev/null
	if jail -c jid=424242 persist >/dev/null 2>&1; then
		dead=$(jls -d jid | grep -v '^424242$')
		jail -R 424242 >/dev/null
	fi
	release counted
	tries=0
	until [ -z "$(jls -d jid)" ] || [ "$tries" -eq 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

/*
 * jailcall: one system call about jails as it is, without what jail(8) does around it.
 *
 *     jailcall [-n] [-j jid] set FLAGS PARAM...    jail_set(2); prints the jid
 *     jailcall [-j jid] get FLAGS PARAM...         jail_get(2); prints the jid
 *     jailcall [-j jid] remove JID                 jail_remove(2)
 *     jailcall [-n] [-j jid] attach JID            jail_attach(2); stays in the jail
 *     jailcall -j jid hold                         keeps the jail from going away
 *
 * With -j the call is made from inside that jail.  FLAGS are names as in create,attach, or a
 * number.  A PARAM is a name without a value, or NAME=i:NUMBER (4 bytes), NAME=q:NUMBER (8 bytes), NAME=s:TEXT, NAME=4:ADDRESS,... or
 * NAME=6:ADDRESS,...; a name is passed on as it is.
 *
 * What stays (attach, hold, a set that attaches) prints its line when it is done, and then waits to
 * be killed, unless there is a -n.  hold has a descriptor that was opened inside the jail: the credential of whoever
 * opened it, and with it the jail, lives as long as the descriptor.
 *
 * If the call fails, the errno and the kernel's message are printed, and the status is 1.
 */

#include <sys/param.h>
#include <sys/jail.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	PARAMS	128

static char errmsg[1024];
static struct iovec iov[2 * PARAMS + 2];
static unsigned int niov;
static int returns;	/* -n */

static const struct {
	int number;
	const char *name;
} errnos[] = {
	{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { ESRCH, "ESRCH" }, { EAGAIN, "EAGAIN" },
	{ EEXIST, "EEXIST" }, { ENOTDIR, "ENOTDIR" }, { EINVAL, "EINVAL" },
	{ ENAMETOOLONG, "ENAMETOOLONG" }, { EADDRINUSE, "EADDRINUSE" },
};

static void
failed(void)
{
	char number[16];
	const char *name = number;

	snprintf(number, sizeof(number), "%d", errno);
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].number == errno)
			name = errnos[i].name;
	fprintf(stderr, "%s%s%s\n", name, errmsg[0] != '\0' ? ": " : "", errmsg);
	exit(1);
}

static void
stay(void)
{
	fflush(stdout);
	if (returns)
		exit(0);
	for (;;)
		pause();
}

static int
number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0')
		errx(2, "expected a number, found %s", text);
	return ((int)value);
}

static int
flag_bits(char *text)
{
	static const struct {
		const char *name;
		int bit;
	} known[] = {
		{ "create", JAIL_CREATE }, { "update", JAIL_UPDATE },
		{ "attach", JAIL_ATTACH }, { "dying", JAIL_DYING },
	};
	int bits = 0, found;
	char *name;

	if (strspn(text, "0123456789") == strlen(text))
		return (number(text));
	while ((name = strsep(&text, ",")) != NULL) {
		found = 0;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(known[i].name, name) == 0)
				found = known[i].bit;
		if (found == 0)
			errx(2, "expected create, update, attach or dying, found %s", name);
		bits |= found;
	}
	return (bits);
}

static void *
copy(const void *value, size_t size)
{
	void *found = malloc(size > 0 ? size : 1);

	if (found == NULL)
		err(2, "malloc");
	memcpy(found, value, size);
	return (found);
}

static void
add(const char *name, void *value, size_t size)
{
	if (niov >= 2 * PARAMS)
		errx(2, "expected at most %d parameters", PARAMS);
	iov[niov].iov_base = copy(name, strlen(name) + 1);
	iov[niov++].iov_len = strlen(name) + 1;
	iov[niov].iov_base = value;
	iov[niov++].iov_len = size;
}

static void
addresses(const char *name, int family, char *list)
{
	size_t each = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	size_t size = 0;
	char *packed = malloc((strlen(list) + 1) * each);
	char *text;

	if (packed == NULL)
		err(2, "malloc");
	while ((text = strsep(&list, ",")) != NULL) {
		if (*text == '\0')
			continue;
		if (inet_pton(family, text, packed + size) != 1)
			errx(2, "expected an address, found %s", text);
		size += each;
	}
	add(name, packed, size);
}

static void
param(char *text)
{
	char *value = strchr(text, '=');
	int32_t small;
	int64_t large;

	if (value == NULL) {
		add(text, NULL, 0);
		return;
	}
	*value++ = '\0';
	if (*value == '\0' || value[1] != ':')
		errx(2, "expected a type and a colon, found %s", value);
	switch (*value) {
	case 'i':
		small = (int32_t)strtoll(value + 2, NULL, 10);
		add(text, copy(&small, sizeof(small)), sizeof(small));
		break;
	case 'q':
		large = (int64_t)strtoull(value + 2, NULL, 10);
		add(text, copy(&large, sizeof(large)), sizeof(large));
		break;
	case 's':
		add(text, value + 2, strlen(value + 2) + 1);
		break;
	case '4':
		addresses(text, AF_INET, value + 2);
		break;
	case '6':
		addresses(text, AF_INET6, value + 2);
		break;
	default:
		errx(2, "expected a type of i, q, s, 4 or 6, found %c", *value);
	}
}

/* A descriptor from inside the jail, passed out to a process that never was in there. */
static void
hold(int jid)
{
	int pair[2], fd = -1;
	char byte = 0;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	memset(&control, 0, sizeof(control));
	message.msg_control = control.space;
	message.msg_controllen = sizeof(control.space);
	signal(SIGCHLD, SIG_IGN);	/* A zombie would hold the jail, too. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		err(2, "socketpair");
	switch (fork()) {
	case -1:
		err(2, "fork");
	case 0:
		if (jail_attach(jid) != 0)
			failed();
		if ((fd = open("/", O_RDONLY)) < 0)
			err(2, "open");
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		_exit(sendmsg(pair[1], &message, 0) == 1 ? 0 : 2);
	}
	close(pair[1]);
	if (recvmsg(pair[0], &message, 0) != 1)
		exit(1);
	puts("held");
	stay();
}

int
main(int argc, char *argv[])
{
	int jid = 0, option, flags, found;
	const char *what;

	while ((option = getopt(argc, argv, "+nj:")) != -1) {
		if (option == 'n')
			returns = 1;
		else if (option == 'j')
			jid = number(optarg);
		else
			return (2);
	}
	argv += optind;
	if (argc - optind < 1)
		errx(2, "expected set, get, remove, attach or hold");
	what = *argv++;
	if (strcmp(what, "hold") == 0)
		hold(jid);
	if (jid != 0 && jail_attach(jid) != 0)
		failed();
	if (*argv == NULL)
		errx(2, "expected flags or a jid");
	if (strcmp(what, "remove") == 0) {
		if (jail_remove(number(*argv)) != 0)
			failed();
		return (0);
	}
	if (strcmp(what, "attach") == 0) {
		if (jail_attach(number(*argv)) != 0)
			failed();
		puts("in");
		stay();
	}
	flags = flag_bits(*argv++);
	while (*argv != NULL)
		param(*argv++);
	add("errmsg", errmsg, sizeof(errmsg));
	if (strcmp(what, "set") == 0)
		found = jail_set(iov, niov, flags);
	else if (strcmp(what, "get") == 0)
		found = jail_get(iov, niov, flags);
	else
		errx(2, "expected set, get, remove, attach or hold, found %s", what);
	if (found < 0)
		failed();
	printf("%d\n", found);
	if (strcmp(what, "set") == 0 && (flags & JAIL_ATTACH) != 0)
		stay();
	return (0);
}

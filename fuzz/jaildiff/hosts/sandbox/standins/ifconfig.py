"""ifconfig(8): interfaces and addresses that are only noted."""

from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.standins.standin import jid_named

CLONED = ("lo", "epair", "bridge", "tap", "tun", "vlan")


def ifconfig(host: RealHost, proc: Process, argv: list[str]) -> int:
    """List interfaces, make or remove one, give it addresses, hand it to a jail."""
    words = argv[1:]
    if not words or words[0] in ("-a", "-l"):
        show(host, proc, names_only=words == ["-l"])
        return 0
    name, *rest = words
    interfaces = host.site.world.interfaces
    if rest[:1] == ["create"]:
        return create(host, proc, name)
    if not visible(host, proc, name):
        proc.errx(f"interface {name} does not exist")
    match rest:
        case []:
            proc.print(described(name, interfaces[name]))
        case ["destroy", *_]:
            for gone in pair(name):
                interfaces.pop(gone, None)
                host.site.world.moved.pop(gone, None)
        case ["vnet", jail, *_]:
            move(host, proc, name, jail)
        case ["-vnet", *_]:
            host.site.world.moved.pop(name, None)
        case ["inet" | "inet6" as family, address, *more]:
            change(interfaces[name], f"{family} {address.partition('/')[0]}", more)
        case ["name", other, *_]:
            interfaces[other] = interfaces.pop(name)
            proc.print(f"{other}\n")
    return 0  # Flags and the like are not noted.


def create(host: RealHost, proc: Process, name: str) -> int:
    """Clone an interface; for a pair, both ends."""
    interfaces = host.site.world.interfaces
    kind = name.rstrip("0123456789")
    if kind not in CLONED:
        proc.errx(f"SIOCIFCREATE2 ({name}): Invalid argument")
    number = name.removeprefix(kind)
    suffix = "a" if kind == "epair" else ""
    if not number:
        number = next(str(n) for n in range(1 << 16) if f"{kind}{n}{suffix}" not in interfaces)
    made = f"{kind}{number}{suffix}"
    if made in interfaces:
        proc.errx(f"SIOCIFCREATE2 ({name}): File exists")
    for each in pair(made):
        interfaces[each] = []
    if made != name:
        proc.print(f"{made}\n")
    return 0


def pair(name: str) -> list[str]:
    """An interface, with the other end if it has one."""
    if name.startswith("epair") and name[-1] in "ab":
        return [f"{name[:-1]}a", f"{name[:-1]}b"]
    return [name]


def visible(host: RealHost, proc: Process, name: str) -> bool:
    """Whether an interface is in the jail of the program: one that was handed over, or all.

    One whose jail is gone has gone back.
    """
    world = host.site.world
    if name not in world.interfaces:
        return False
    place = world.moved.get(name)
    is_away = any(pr.seq == place for pr in world.kernel.allprison)
    return place == host.prison_of(proc.pid).seq or not is_away


def move(host: RealHost, proc: Process, name: str, jail: str) -> None:
    """Hand an interface to a jail."""
    world = host.site.world
    world.moved[name] = world.kernel.prid[jid_named(proc, jail)].seq


def change(addresses: list[str], address: str, words: list[str]) -> None:
    """Add an address, or take it away."""
    away = "-alias" in words or "delete" in words
    if away and address in addresses:
        addresses.remove(address)
    elif not away and address not in addresses:
        addresses.append(address)


def show(host: RealHost, proc: Process, *, names_only: bool) -> None:
    """List interfaces."""
    found = [name for name in host.site.world.interfaces if visible(host, proc, name)]
    if names_only:
        proc.print(" ".join(found) + "\n")
        return
    for name in found:
        proc.print(described(name, host.site.world.interfaces[name]))


def described(name: str, addresses: list[str]) -> str:
    """One interface."""
    head = f"{name}: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
    return head + "".join(f"\t{address}\n" for address in addresses)

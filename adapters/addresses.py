"""Which network addresses are the public internet's, and which are somebody's own and must not be fetched."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# What `is_global` lets through, or older Pythons did: each can lead into a private network or a cloud's own services.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments; a cloud serves metadata here
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's wire server, on a public address
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # local NAT64
        "100::/64",  # discard
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)


class PrivateAddress(OSError):
    """A connection to a private network was about to be made.

    aiohttp folds the failures of a host's several addresses into one text, in which `MESSAGE` is still found.
    """

    MESSAGE = "private address refused"

    def __init__(self) -> None:
        super().__init__(errno.EACCES, self.MESSAGE)


def is_public(address: str) -> bool:
    """Whether `address`, an IPv4 or IPv6 address as text, belongs to the public internet. What is not one does not."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    refused = any(ip.version == network.version and ip in network for network in _REFUSED)
    return ip.is_global and not special and not refused


def open_public_socket(target: tuple[Any, ...]) -> socket.socket:
    """A socket for a resolved address, as `aiohttp.TCPConnector(socket_factory=…)` asks before it connects.

    It sees the very address that is connected to, so that a name cannot change its mind in between.
    `target` is what `socket.getaddrinfo` returns. Raises `PrivateAddress`.
    """
    family, kind, protocol, _, address = target
    if not is_public(str(address[0])):
        raise PrivateAddress
    return socket.socket(family, kind, protocol)


class AllowedHosts:
    """The setting `feeds.allow_hosts`: "host" lets every port of it through, "host:port" only that one.

    `(host, port) in allowed` asks by the host as it is written in an address.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._entries = {entry.strip().lower() for entry in entries if entry.strip()}

    def __contains__(self, place: tuple[str, int]) -> bool:
        host, port = place[0].lower(), place[1]
        names = (host, f"[{host}]") if ":" in host else (host,)
        return any(name in self._entries or f"{name}:{port}" in self._entries for name in names)

"""IP addresses in free text: the sets that `ip("…")` names (one address, a network, a range) and finding their members."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from watchkeeper_store.logql.quoting import quote

Address = IPv4Address | IPv6Address

# Where an address may start: digits with a dot soon after, or hexadecimal digits with a colon soon after.
_V4_HINT = re.compile(r"[0-9](?=\.|.\.|..\.)(?=...)", re.DOTALL)
_V6_HINT = re.compile(r"(?:::[0-9a-fA-F]|[0-9a-fA-F]{1,4}:)")
_V4_SPAN = re.compile(r"[0-9.]*")
_V6_SPAN = re.compile(r"[0-9a-fA-F:.]*")


class BadAddress(ValueError):
    """Not an address, network or range of addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSet:
    """The addresses from `first` to `last`, both of one version."""

    first: Address
    last: Address

    @classmethod
    def parse(cls, text: str) -> "AddressSet":
        """Read `192.168.0.1`, `192.168.0.0/16`, `192.168.0.1-192.168.0.23`, or the same of version 6. Raises BadAddress."""
        low, dash, high = text.partition("-")
        try:
            if dash:
                first, last = ip_address(low), ip_address(high)
            elif "/" in text:
                network = ip_network(text, strict=False)
                first, last = network[0], network[-1]
            else:
                first = last = ip_address(text)
        except ValueError:
            raise BadAddress(f"ip: invalid pattern: {quote(text)}") from None
        if first.version != last.version or int(first) > int(last):
            raise BadAddress(f"ip: invalid pattern: {quote(text)}")
        return cls(first=first, last=last)

    def holds(self, address: Address) -> bool:
        """Whether the address is one of the set; versions never mix."""
        return address.version == self.first.version and int(self.first) <= int(address) <= int(self.last)

    def found_in(self, text: str) -> bool:
        """Whether any address written in the text is one of the set."""
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode("latin-1")  # what is left of the text counts in octets
        position, end = 0, len(text)
        while position < end:
            for hint, span, room in ((_V4_HINT, _V4_SPAN, 3), (_V6_HINT, _V6_SPAN, 4)):
                if position + room < end and hint.match(text, position):
                    candidate = span.match(text, position)
                    word = candidate[0] if candidate is not None else ""
                    if self._holds_text(word):
                        return True
                    position += len(word)
                    break
            position += 1
        return False

    def _holds_text(self, word: str) -> bool:
        try:
            return self.holds(ip_address(word))
        except ValueError:
            return False

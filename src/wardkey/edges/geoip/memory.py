"""Places given at once."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from wardkey.vocabulary import Place


class MemoryGeoip:
    """Knows the networks it is given; the narrowest that holds an address answers. With none it knows nothing."""

    def __init__(self, places: Mapping[str, Place] | None = None) -> None:
        networks = [(ip_network(network), place) for network, place in (places or {}).items()]
        self._places = sorted(networks, key=lambda item: -item[0].prefixlen)

    def locate(self, ip: str) -> Place | None:
        try:
            address = ip_address(ip)
        except ValueError:
            return None
        return next((place for network, place in self._places if address in network), None)

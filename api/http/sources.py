"""Where a request comes from. What a sender writes of itself is believed only behind proxies that are ours."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request


def source_of(request: Request, trusted_proxies: int) -> str:
    """The address a request is counted under; of IPv6 its /64, which one subscriber has whole.

    trusted_proxies: how many proxies of ours stand in front, each of which appends whom it heard to X-Forwarded-For. The
    header is read that many places from its end; one with fewer places did not come through all of them, and none counts.
    """
    peer = request.client.host if request.client else ""
    if trusted_proxies:
        places = [one.strip() for line in request.headers.getlist("x-forwarded-for") for one in line.split(",")]
        if len(places) >= trusted_proxies:
            peer = places[-trusted_proxies]
    return _network(peer)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)

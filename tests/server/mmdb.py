"""A writer of small databases of places, after the MaxMind DB File Format Specification 2.0."""

import ipaddress

MARKER = b"\xab\xcd\xefMaxMind.com"


class Short(int):
    """An unsigned number of 16 bits."""


class Long(int):
    """An unsigned number of 64 bits."""


def database(places, version=6):
    """Return a file that says what is at each network, an IPv4 one mapped into ::/96."""
    nodes, data = [[None, None]], b""
    for network, value in places.items():
        at = len(data)
        data += encoded(value)
        insert(nodes, bits_of(ipaddress.ip_network(network), version), at)
    tree = b"".join(record(side, len(nodes)) for node in nodes for side in node)
    about = {
        "node_count": len(nodes),
        "record_size": Short(24),
        "ip_version": Short(version),
        "database_type": "Places",
        "languages": ["en"],
        "binary_format_major_version": Short(2),
        "binary_format_minor_version": Short(0),
        "build_epoch": Long(1_800_000_000),
        "description": {"en": "of a test"},
    }
    return tree + bytes(16) + data + MARKER + encoded(about)


def bits_of(network, version):
    text = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
    return "0" * 96 + text if network.version == 4 and version == 6 else text


def insert(nodes, bits, at):
    node = 0
    for bit in map(int, bits[:-1]):
        if nodes[node][bit] is None:
            nodes.append([None, None])
            nodes[node][bit] = ("node", len(nodes) - 1)
        node = nodes[node][bit][1]
    nodes[node][int(bits[-1])] = ("data", at)


def record(side, count):
    kind, at = side or ("none", 0)
    return {"node": at, "data": count + 16 + at, "none": count}[kind].to_bytes(3)


def encoded(value):
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes((len(value), 11 - 7)) + b"".join(map(encoded, value))
    if isinstance(value, Short):
        return control(5, 2) + value.to_bytes(2)
    if isinstance(value, Long):
        return bytes((8, 9 - 7)) + value.to_bytes(8)
    if isinstance(value, int):
        return control(6, 4) + value.to_bytes(4)
    return control(2, len(value.encode())) + value.encode()


def control(kind, size):
    if size < 29:
        return bytes((kind << 5 | size,))
    if size < 285:
        return bytes((kind << 5 | 29, size - 29))
    return bytes((kind << 5 | 30,)) + (size - 285).to_bytes(2)

"""Makes the small MaxMind DB files beside it, of networks reserved for documentation. Needs the PyPI package mmdb_writer."""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

PLACES = {
    "203.0.113.0/24": ("US", "United States", "Austin"),
    "198.51.100.0/24": ("CA", "Canada", "Toronto"),
    "192.0.2.0/24": ("BR", "Brazil", None),
    "2001:db8::/32": ("DE", "Germany", "Berlin"),
}


def cities(code, country, city):
    record = {"country": {"iso_code": code, "names": {"en": country}}}
    return record | ({"city": {"names": {"en": city, "es": city}}} if city else {})


def countries(code, country, city):
    named = {"iso_code": code, "names": {"en": country}}
    return {"country": named, "registered_country": named}


def flat(code, country, city):
    return {"country_code": code} | ({"city": city} if city else {})


def make(file, kind, ip_version, record):
    writer = MMDBWriter(ip_version, database_type=kind, ipv4_compatible=ip_version == 6, languages=["en"])
    for network, place in PLACES.items():
        if ip_version == 6 or ":" not in network:
            writer.insert_network(IPSet([network]), record(*place))
    writer.to_db_file(str(Path(__file__).with_name(file)))


make("cities.mmdb", "GeoLite2-City", 6, cities)
make("countries.mmdb", "GeoIP2-Country", 6, countries)
make("flat.mmdb", "DBIP-City-Lite", 4, flat)

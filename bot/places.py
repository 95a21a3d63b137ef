"""Places that people name when they say a time: cities and countries with one clock, and letters for zones.

IANA has a name for some 400 places; people live in others. What several places share (San Jose, CST) lists them all,
so that it can be asked back and is never guessed. Zones and offsets: the IANA time zone database.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources

_CITIES = """
Africa/Abidjan: Yamoussoukro
Africa/Algiers: Oran
Africa/Cairo: Alexandria, Giza
Africa/Casablanca: Marrakech, Marrakesh, Rabat, Fes
Africa/Dar_es_Salaam: Dodoma, Zanzibar
Africa/Johannesburg: Cape Town, Durban, Pretoria
Africa/Lagos: Abuja, Ibadan
Africa/Nairobi: Mombasa
Africa/Accra: Kumasi
America/Argentina/Buenos_Aires: Rosario, Mendoza Argentina, La Plata
America/Bogota: Medellin, Cali, Cartagena, Barranquilla
America/Chicago: Austin, Dallas, Houston, San Antonio, Minneapolis, St Louis, New Orleans, Nashville, Milwaukee,
 Kansas City, Memphis, Madison, Omaha, Oklahoma City
America/Denver: Salt Lake City, Albuquerque, Colorado Springs
America/Edmonton: Calgary
America/Guayaquil: Quito
America/Los_Angeles: LA, San Francisco, SF, Seattle, San Diego, Las Vegas, Sacramento, Silicon Valley, Oakland,
 Palo Alto, Portland Oregon
America/Mexico_City: CDMX, Guadalajara, Puebla, Leon Mexico
America/New_York: NYC, Boston, Miami, Atlanta, Philadelphia, Washington DC, Washington D.C, Baltimore, Pittsburgh,
 Cleveland, Charlotte, Raleigh, Orlando, Tampa, Brooklyn, Portland Maine
America/Phoenix: Tucson
America/Sao_Paulo: Rio de Janeiro, Rio, Brasilia, Belo Horizonte, Curitiba, Porto Alegre, Florianopolis
America/Fortaleza: Natal Brazil
America/Santiago: Valparaiso
America/Toronto: Ottawa, Montreal, Quebec City
America/Winnipeg: Winnipeg Manitoba
Asia/Almaty: Astana
Asia/Bangkok: Chiang Mai, Phuket
Asia/Dubai: Abu Dhabi
Asia/Ho_Chi_Minh: Hanoi, Da Nang, Saigon
Asia/Jakarta: Bandung, Surabaya
Asia/Jerusalem: Tel Aviv, Haifa
Asia/Karachi: Lahore, Islamabad, Rawalpindi
Asia/Kolkata: Delhi, New Delhi, Mumbai, Bombay, Bangalore, Bengaluru, Chennai, Madras, Calcutta, Pune, Ahmedabad,
 Jaipur, Kochi, Goa, Gurgaon, Noida
Asia/Makassar: Bali, Denpasar
Asia/Manila: Cebu, Quezon City, Davao
Asia/Qatar: Doha
Asia/Riyadh: Jeddah, Mecca
Asia/Seoul: Busan
Asia/Shanghai: Beijing, Peking, Shenzhen, Guangzhou, Hangzhou, Chengdu, Wuhan, Nanjing
Asia/Tokyo: Osaka, Kyoto, Yokohama, Nagoya, Sapporo, Fukuoka
Asia/Yangon: Rangoon, Mandalay
Australia/Brisbane: Gold Coast, Cairns
Australia/Melbourne: Geelong
Australia/Sydney: Canberra, Newcastle Australia
Europe/Amsterdam: Rotterdam, The Hague, Den Haag, Utrecht, Eindhoven, Groningen
Europe/Athens: Thessaloniki
Europe/Berlin: Munich, Muenchen, Hamburg, Frankfurt, Cologne, Koeln, Koln, Stuttgart, Dusseldorf, Duesseldorf, Leipzig,
 Dresden, Hannover, Hanover, Nuremberg, Bremen, Bonn, Karlsruhe, Heidelberg
Europe/Brussels: Antwerp, Ghent, Bruges, Leuven
Europe/Bucharest: Cluj, Cluj-Napoca, Timisoara, Iasi
Europe/Copenhagen: Aarhus, Odense
Europe/Dublin: Galway
Europe/Helsinki: Tampere, Espoo, Turku
Europe/Istanbul: Ankara, Izmir, Antalya
Europe/Kyiv: Lviv, Odesa, Kharkiv
Europe/Lisbon: Porto, Coimbra, Braga
Europe/London: Edinburgh, Glasgow, Manchester, Liverpool, Leeds, Bristol, Cardiff, Oxford, Brighton, Sheffield
Europe/Madrid: Seville, Bilbao, Malaga, Zaragoza, Granada, Mallorca
Europe/Moscow: Kazan
Europe/Oslo: Bergen, Trondheim
Europe/Paris: Lyon, Marseille, Toulouse, Bordeaux, Lille, Nantes, Strasbourg, Grenoble, Montpellier
Europe/Prague: Brno, Ostrava
Europe/Rome: Milan, Milano, Roma, Naples, Turin, Florence, Bologna, Venice, Palermo
Europe/Sofia: Plovdiv, Varna
Europe/Stockholm: Gothenburg, Goteborg, Malmo, Uppsala
Europe/Vienna: Wien, Graz, Salzburg, Linz, Innsbruck
Europe/Warsaw: Krakow, Cracow, Gdansk, Wroclaw, Poznan, Lodz, Katowice
Europe/Zurich: Geneva, Basel, Bern, Lausanne
Pacific/Auckland: Wellington, Christchurch
Pacific/Honolulu: Hawaii
"""

_COUNTRIES = """
Africa/Cairo: Egypt
Africa/Johannesburg: South Africa
Africa/Lagos: Nigeria
Africa/Nairobi: Kenya
Africa/Casablanca: Morocco
America/Argentina/Buenos_Aires: Argentina
America/Bogota: Colombia
America/Lima: Peru
Asia/Dhaka: Bangladesh
Asia/Dubai: UAE, United Arab Emirates
Asia/Ho_Chi_Minh: Vietnam
Asia/Hong_Kong: Hong Kong, HK
Asia/Jerusalem: Israel
Asia/Karachi: Pakistan
Asia/Kathmandu: Nepal
Asia/Kolkata: India
Asia/Manila: Philippines
Asia/Seoul: Korea, South Korea
Asia/Shanghai: China
Asia/Taipei: Taiwan
Asia/Bangkok: Thailand
Asia/Tokyo: Japan
Europe/Amsterdam: Netherlands, the Netherlands, Holland
Europe/Athens: Greece
Europe/Belgrade: Serbia
Europe/Berlin: Germany
Europe/Brussels: Belgium
Europe/Bucharest: Romania
Europe/Budapest: Hungary
Europe/Copenhagen: Denmark
Europe/Dublin: Ireland
Europe/Helsinki: Finland
Europe/Istanbul: Turkey
Europe/Kyiv: Ukraine
Europe/London: UK, United Kingdom, England, Britain, Scotland, Wales
Europe/Oslo: Norway
Europe/Paris: France
Europe/Prague: Czechia, Czech Republic
Europe/Rome: Italy
Europe/Sofia: Bulgaria
Europe/Stockholm: Sweden
Europe/Vienna: Austria
Europe/Warsaw: Poland
Europe/Zurich: Switzerland
"""

_SHARED = {
    "birmingham": ("Europe/London", "America/Chicago"),
    "cambridge": ("Europe/London", "America/New_York"),
    "columbus": ("America/New_York", "America/Chicago"),
    "cordoba": ("Europe/Madrid", "America/Argentina/Cordoba"),
    "georgia": ("America/New_York", "Asia/Tbilisi"),
    "hyderabad": ("Asia/Kolkata", "Asia/Karachi"),
    "naples": ("Europe/Rome", "America/New_York"),
    "newcastle": ("Europe/London", "Australia/Sydney"),
    "portland": ("America/Los_Angeles", "America/New_York"),
    "san jose": ("America/Los_Angeles", "America/Costa_Rica"),
    "st petersburg": ("Europe/Moscow", "America/New_York"),
    "valencia": ("Europe/Madrid", "America/Caracas"),
    "victoria": ("America/Vancouver", "Australia/Melbourne", "Indian/Mahe"),
}
"""Names of places on different clocks."""

_WALL = {
    "et": "America/New_York",
    "eastern": "America/New_York",
    "ct": "America/Chicago",
    "central": "America/Chicago",
    "mt": "America/Denver",
    "mountain": "America/Denver",
    "pt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "msk": "Europe/Moscow",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore",
    "hkt": "Asia/Hong_Kong",
    "pkt": "Asia/Karachi",
    "wib": "Asia/Jakarta",
    "sast": "Africa/Johannesburg",
    "eat": "Africa/Nairobi",
    "wat": "Africa/Lagos",
    "cat": "Africa/Maputo",
    "brt": "America/Sao_Paulo",
    "awst": "Australia/Perth",
    "hst": "Pacific/Honolulu",
    "central european": "Europe/Paris",
    "eastern european": "Europe/Helsinki",
    "western european": "Europe/Lisbon",
    "india standard": "Asia/Kolkata",
    "japan standard": "Asia/Tokyo",
    "uk": "Europe/London",
    "greenwich mean": "UTC",
    "utc": "UTC",
    "gmt": "UTC",
    "z": "UTC",
}
"""Letters that mean whatever the clock of a place shows."""

_SEASONAL = {
    "est": ("America/New_York", -5),
    "edt": ("America/New_York", -4),
    "cdt": ("America/Chicago", -5),
    "mst": ("America/Denver", -7),
    "mdt": ("America/Denver", -6),
    "pst": ("America/Los_Angeles", -8),
    "pdt": ("America/Los_Angeles", -7),
    "akst": ("America/Anchorage", -9),
    "akdt": ("America/Anchorage", -8),
    "wet": ("Europe/Lisbon", 0),
    "west": ("Europe/Lisbon", 1),
    "cet": ("Europe/Paris", 1),
    "cest": ("Europe/Paris", 2),
    "eet": ("Europe/Helsinki", 2),
    "eest": ("Europe/Helsinki", 3),
    "aest": ("Australia/Sydney", 10),
    "aedt": ("Australia/Sydney", 11),
    "eastern standard": ("America/New_York", -5),
    "eastern daylight": ("America/New_York", -4),
    "central standard": ("America/Chicago", -6),
    "central daylight": ("America/Chicago", -5),
    "mountain standard": ("America/Denver", -7),
    "mountain daylight": ("America/Denver", -6),
    "pacific standard": ("America/Los_Angeles", -8),
    "pacific daylight": ("America/Los_Angeles", -7),
    "central european summer": ("Europe/Paris", 2),
    "british summer": ("Europe/London", 1),
    "nzst": ("Pacific/Auckland", 12),
    "nzdt": ("Pacific/Auckland", 13),
}
"""Letters that mean a fixed offset (hours), which people also write out of its season."""

_ASKED = {
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "cst": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
}
"""Letters that mean several places."""

_NO_ZONE = {
    "est": ("America/New_York", "America/Panama"),
    "mst": ("America/Denver", "America/Phoenix"),
    "pst": ("America/Los_Angeles", "Asia/Manila"),
}
"""Letters that fit one season of a place, or all of another: no answer to where somebody lives."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place by one of its names. `offset` is set where the name fits one season only (EST, but not ET)."""

    zone: str
    offset: timedelta | None = None


def folded(name: str) -> str:
    """The name without case, accents, and differences of white space."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[\s_]+", " ", letters.strip()).casefold()


def homes_named(name: str) -> tuple[str, ...]:
    """The zones (IANA) that somebody may mean who says where they live by this name (`folded`)."""
    several = _NO_ZONE.get(name) or _ASKED.get(name)
    return several or cities_named(name) or ((_WALL[name],) if name in _WALL else ())


def cities_named(name: str) -> tuple[str, ...]:
    """The zones (IANA) of the places with this name (`folded`); none, or more than one where several share it."""
    if name in _SHARED:
        return _SHARED[name]
    found = iana_names().get(name) or _our_cities().get(name) or _iana_cities().get(name)
    return (found,) if found else ()


def places_named(name: str) -> tuple[Place, ...]:
    """What a name (`folded`) beside a clock time means: a city, country, zone, or letters such as CET. May be several.

    "central" and other words that IANA lists as old zones are read as people mean them.
    """
    if name in _ASKED:
        return tuple(Place(zone) for zone in _ASKED[name])
    if name in _SEASONAL:
        zone, hours = _SEASONAL[name]
        return (Place(zone, timedelta(hours=hours)),)
    if name in _WALL:
        return (Place(_WALL[name]),)
    return tuple(Place(zone) for zone in cities_named(name))


def similar(name: str) -> tuple[str, ...]:
    """Up to three places whose name looks like this one (`folded`), the nearest first, as people are shown them.

    A zone as it is called, where its own name is near ("Europe/Berlin"); else the name that is, with its zone.
    """
    city = name.rpartition("/")[2]
    shown = [_iana_cities()[near] for near in get_close_matches(city, _iana_cities(), n=3, cutoff=0.75)]
    if not shown:
        ours = _our_cities()
        shown = [f"{near.title()} ({ours[near]})" for near in get_close_matches(city, ours, n=3, cutoff=0.75)]
    by_name = [iana_names()[one] for one in get_close_matches(name, iana_names(), n=3, cutoff=0.9)]
    return tuple(dict.fromkeys(shown + by_name))[:3]


@cache
def iana_names() -> dict[str, str]:
    """Every zone by its folded name; not "Factory", which is a placeholder and no place."""
    return {folded(name): name for name in zoneinfo.available_timezones() - {"Factory"}}


@cache
def _iana_cities() -> dict[str, str]:
    """City to zone by `zone.tab`: each inhabited zone once, under its present name (lines: country, place, name)."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    names = [line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")]
    return {folded(name.rpartition("/")[2]): name for name in names}


@cache
def _our_cities() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in (_CITIES + _COUNTRIES.lstrip()).strip().replace(",\n", ",").splitlines():
        zone, _, names = line.partition(": ")
        found |= {folded(name): zone for name in names.split(",")}
    return found


@cache
def longest_name() -> int:
    """How many words the longest name of a place has."""
    return max(name.count(" ") + 1 for name in (*_our_cities(), *_iana_cities(), *_SHARED, *_WALL, *_SEASONAL))

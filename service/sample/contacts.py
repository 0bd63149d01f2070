"""The sample company's contacts: its sellers, its customers, and the people to talk to there.

All of them are invented. Domains end in ``.example``; no telephone number in Norway begins with 00, and the German
and Swedish numbers are of ranges set aside for films and books.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from zlib import crc32

INGRID, TORE, AMINA = "Ingrid Haukåsen", "Tore Bjørkelien", "Amina Farahsen"
SELLERS = {
    INGRID: "ingrid@sjufjellror.example",
    TORE: "tore@sjufjellror.example",
    AMINA: "amina@sjufjellror.example",
}
"""Those who work beside the administrator, and their addresses."""


class Organization(NamedTuple):
    """A customer; the domain is the part before ``.example``."""

    name: str
    domain: str
    route: str
    number: str
    postal_code: str
    locality: str
    employees: int
    country: str = "Norge"

    def facts(self) -> dict[str, Any]:
        """What is known of it, its address as the wire has addresses (wire reference 6)."""
        return {
            "name": self.name,
            "website": f"https://www.{self.domain}.example",
            "employee_count": self.employees,
            "address": {
                "value": f"{self.route} {self.number}, {self.postal_code} {self.locality}, {self.country}",
                "country": self.country,
                "locality": self.locality,
                "route": self.route,
                "street_number": self.number,
                "postal_code": self.postal_code,
            },
        }


_ORGANIZATIONS = (
    Organization("Rør og mer", "ror-og-mer", "Kobbersmauet", "7", "5003", "Bergen", 12),
    Organization("Nattlandshøyden borettslag", "nattlandshoyden", "Nattlandshøyden", "14", "5098", "Bergen", 3),
    Organization("Løvstakktunet sameie", "lovstakktunet", "Løvstakktunet", "2", "5059", "Bergen", 2),
    Organization("Grønnlia borettslag", "gronnlia", "Grønnliallmenningen", "31", "5146", "Fyllingsdalen", 2),
    Organization("Møllekvartalet sameie", "mollekvartalet", "Møllesvingen", "5", "5009", "Bergen", 4),
    Organization("Sandviksnaustet Hotell AS", "sandviksnaustet", "Naustbryggen", "1", "5035", "Bergen", 64),
    Organization("Fjordglytt Camping AS", "fjordglytt", "Strandsvaet", "88", "5243", "Fana", 9),
    Organization("Årstadkollen barnehage SA", "arstadkollen", "Blåbærstien", "3", "5055", "Bergen", 22),
    Organization("Sørvær kommune", "sorver-kommune", "Rådhusplassen", "1", "5392", "Storebø", 840),
    Organization("Bjørkåsen skole", "bjorkasen-skole", "Skolebakken", "10", "5160", "Laksevåg", 71),
    Organization("Havblikk sykehjem", "havblikk", "Soltunet", "6", "5178", "Loddefjord", 130),
    Organization("Vestkaien Eiendom AS", "vestkaien", "Vestre Kaigate", "22", "5004", "Bergen", 18),
    Organization("Toppgrunn Entreprenør AS", "toppgrunn", "Pukkverksvegen", "40", "5227", "Nesttun", 95),
    Organization("Steinhaug & Døtre Bygg AS", "steinhaug", "Murmestervegen", "16", "5265", "Ytre Arna", 27),
    Organization("Kaldevatn Rørleggeri AS", "kaldevatn", "Verkstedsløkken", "4", "5130", "Nyborg", 14),
    Organization("Brødrene Tveitskår VVS", "tveitskar", "Industrisvingen", "9", "5353", "Straume", 8),
    Organization("Dråpefri AS", "drapefri", "Lekkasjegaten", "2", "5006", "Bergen", 6),
    Organization("Fjæra Bad & Flis AS", "fjaera-bad", "Flisesmauet", "11", "5011", "Bergen", 11),
    Organization("Skarvøy Fiskemottak AS", "skarvoy-fisk", "Fiskerikaien", "3", "5381", "Glesvær", 38),
    Organization("Ytre Skarvøy vassverk SA", "skarvoy-vassverk", "Vassverksvegen", "1", "5381", "Glesvær", 4),
    Organization("Humlefossen Bryggeri AS", "humlefossen", "Maltloftet", "8", "5063", "Bergen", 17),
    Organization("Steinovnen Bakeri AS", "steinovnen", "Surdeigssmauet", "2", "5010", "Bergen", 13),
    Organization("Solåsen idrettslag", "solasen-il", "Banebakken", "20", "5141", "Fyllingsdalen", 5),
    Organization("Nygårdstunet studentboliger", "nygardstunet", "Lesesalsgaten", "15", "5007", "Bergen", 25),
    Organization("Perlehagen Gartneri AS", "perlehagen", "Drivhusvegen", "33", "5258", "Blomsterdalen", 16),
    Organization("Vindhovda Hytter AS", "vindhovda", "Vindhovdevegen", "100", "5700", "Voss", 7),
    Organization("Fjordbadet Spa AS", "fjordbadet", "Badehusbryggen", "4", "5014", "Bergen", 29),
    Organization("Tangevågen Verft AS", "tangevagen", "Dokkvegen", "12", "5162", "Laksevåg", 210),
    Organization("Rosenlien tannklinikk", "rosenlien", "Rosenlien", "1", "5072", "Bergen", 8),
    Organization("Arkitektkontoret Kolibrien AS", "kolibrien", "Tegnebrettet", "6", "5012", "Bergen", 19),
    Organization("Rohrwerk Nordkante GmbH", "nordkante", "Muffenweg", "2", "20457", "Hamburg", 140, "Tyskland"),
    Organization("Klarvattnet Pumpteknik AB", "klarvattnet", "Pumpgränd", "3", "211 20", "Malmö", 45, "Sverige"),
)
ORGANIZATIONS = {organization.name: organization for organization in _ORGANIZATIONS}
"""The customers by name."""


class Person(NamedTuple):
    """Somebody to talk to, at an organization or at home; ``phone`` where it is not a Norwegian one."""

    name: str
    organization: str | None = None
    phone: str | None = None

    def facts(self) -> dict[str, Any]:
        """The name, and how to reach the person at work or at home."""
        domain = ORGANIZATIONS[self.organization].domain if self.organization else "hjemme"
        label = "work" if self.organization else "home"
        user = self.name.lower().translate(_ASCII)
        phone = self.phone or f"+47 00 {crc32(user.encode()) % 1_000_000:06}"
        return {
            "name": self.name,
            "emails": [{"value": f"{user}@{domain}.example", "primary": True, "label": label}],
            "phones": [{"value": phone, "primary": True, "label": label}],
        }


_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ü": "u", "-": ".", " ": "."})
_PERSONS = (
    Person("Jorunn Kråkenes", "Rør og mer"),
    Person("Odd-Geir Solbakkvik", "Rør og mer"),
    Person("Bjørg Nattlandsmo", "Nattlandshøyden borettslag"),
    Person("Henning Ågotnesvik", "Løvstakktunet sameie"),
    Person("Selma Grønnlid", "Grønnlia borettslag"),
    Person("Per-Øyvind Mølstrand", "Møllekvartalet sameie"),
    Person("Camilla Naustdalen", "Sandviksnaustet Hotell AS"),
    Person("Roar Storøystad", "Sandviksnaustet Hotell AS"),
    Person("Åse Fjordglett", "Fjordglytt Camping AS"),
    Person("Marte Blåbærli", "Årstadkollen barnehage SA"),
    Person("Knut Sørværing", "Sørvær kommune"),
    Person("Liv-Astrid Ytrevåg", "Sørvær kommune"),
    Person("Eskil Bjørkåsmo", "Bjørkåsen skole"),
    Person("Turid Havblikken", "Havblikk sykehjem"),
    Person("Fredrik Vestkajen", "Vestkaien Eiendom AS"),
    Person("Nora Kaigård", "Vestkaien Eiendom AS"),
    Person("Stian Toppgrunnet", "Toppgrunn Entreprenør AS"),
    Person("Malin Pukkerud", "Toppgrunn Entreprenør AS"),
    Person("Synnøve Steinhaugen", "Steinhaug & Døtre Bygg AS"),
    Person("Geir Kaldevatnet", "Kaldevatn Rørleggeri AS"),
    Person("Arve Tveitskår", "Brødrene Tveitskår VVS"),
    Person("Yusra Dråpeland", "Dråpefri AS"),
    Person("Elin Fjæreide", "Fjæra Bad & Flis AS"),
    Person("Torbjørn Skarvøyen", "Skarvøy Fiskemottak AS"),
    Person("Magnhild Ytrøyen", "Ytre Skarvøy vassverk SA"),
    Person("Jonas Humlefoss", "Humlefossen Bryggeri AS"),
    Person("Silje Steinovnsen", "Steinovnen Bakeri AS"),
    Person("Terje Solåsmyr", "Solåsen idrettslag"),
    Person("Ragnhild Nygårdstunet", "Nygårdstunet studentboliger"),
    Person("Anh Perlehagen", "Perlehagen Gartneri AS"),
    Person("Sjur Vindhovden", "Vindhovda Hytter AS"),
    Person("Beate Fjordbadesen", "Fjordbadet Spa AS"),
    Person("Arnfinn Tangevåg", "Tangevågen Verft AS"),
    Person("Hege Dokkebø", "Tangevågen Verft AS"),
    Person("Ola Rosenlihaug", "Rosenlien tannklinikk"),
    Person("Iselin Kolibrisen", "Arkitektkontoret Kolibrien AS"),
    Person("Jürgen Muffenbrook", "Rohrwerk Nordkante GmbH", "+49 40 66969 114"),
    Person("Åsa Klarvattnerin", "Klarvattnet Pumpteknik AB", "+46 70 174 06 05"),
    Person("Øystein Gullfjellås"),
    Person("Wenche Ulrikstad"),
    Person("Kjetil Damsgårdsvåg"),
    Person("Rebekka Fløenli"),
    Person("Samir Landåsen"),
)
PERSONS = {person.name: person for person in _PERSONS}
"""The people to talk to by name."""

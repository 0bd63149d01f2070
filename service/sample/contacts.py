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


class Customer(NamedTuple):
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
    Customer("Rør og mer", "ror-og-mer", "Kobbersmauet", "7", "5003", "Bergen", 12),
    Customer("Nattlandshøyden borettslag", "nattlandshoyden", "Nattlandshøyden", "14", "5098", "Bergen", 3),
    Customer("Løvstakktunet sameie", "lovstakktunet", "Løvstakktunet", "2", "5059", "Bergen", 2),
    Customer("Grønnlia borettslag", "gronnlia", "Grønnliallmenningen", "31", "5146", "Fyllingsdalen", 2),
    Customer("Møllekvartalet sameie", "mollekvartalet", "Møllesvingen", "5", "5009", "Bergen", 4),
    Customer("Sandviksnaustet Hotell AS", "sandviksnaustet", "Naustbryggen", "1", "5035", "Bergen", 64),
    Customer("Fjordglytt Camping AS", "fjordglytt", "Strandsvaet", "88", "5243", "Fana", 9),
    Customer("Årstadkollen barnehage SA", "arstadkollen", "Blåbærstien", "3", "5055", "Bergen", 22),
    Customer("Sørvær kommune", "sorver-kommune", "Rådhusplassen", "1", "5392", "Storebø", 840),
    Customer("Bjørkåsen skole", "bjorkasen-skole", "Skolebakken", "10", "5160", "Laksevåg", 71),
    Customer("Havblikk sykehjem", "havblikk", "Soltunet", "6", "5178", "Loddefjord", 130),
    Customer("Vestkaien Eiendom AS", "vestkaien", "Vestre Kaigate", "22", "5004", "Bergen", 18),
    Customer("Toppgrunn Entreprenør AS", "toppgrunn", "Pukkverksvegen", "40", "5227", "Nesttun", 95),
    Customer("Steinhaug & Døtre Bygg AS", "steinhaug", "Murmestervegen", "16", "5265", "Ytre Arna", 27),
    Customer("Kaldevatn Rørleggeri AS", "kaldevatn", "Verkstedsløkken", "4", "5130", "Nyborg", 14),
    Customer("Brødrene Tveitskår VVS", "tveitskar", "Industrisvingen", "9", "5353", "Straume", 8),
    Customer("Dråpefri AS", "drapefri", "Lekkasjegaten", "2", "5006", "Bergen", 6),
    Customer("Fjæra Bad & Flis AS", "fjaera-bad", "Flisesmauet", "11", "5011", "Bergen", 11),
    Customer("Skarvøy Fiskemottak AS", "skarvoy-fisk", "Fiskerikaien", "3", "5381", "Glesvær", 38),
    Customer("Ytre Skarvøy vassverk SA", "skarvoy-vassverk", "Vassverksvegen", "1", "5381", "Glesvær", 4),
    Customer("Humlefossen Bryggeri AS", "humlefossen", "Maltloftet", "8", "5063", "Bergen", 17),
    Customer("Steinovnen Bakeri AS", "steinovnen", "Surdeigssmauet", "2", "5010", "Bergen", 13),
    Customer("Solåsen idrettslag", "solasen-il", "Banebakken", "20", "5141", "Fyllingsdalen", 5),
    Customer("Nygårdstunet studentboliger", "nygardstunet", "Lesesalsgaten", "15", "5007", "Bergen", 25),
    Customer("Perlehagen Gartneri AS", "perlehagen", "Drivhusvegen", "33", "5258", "Blomsterdalen", 16),
    Customer("Vindhovda Hytter AS", "vindhovda", "Vindhovdevegen", "100", "5700", "Voss", 7),
    Customer("Fjordbadet Spa AS", "fjordbadet", "Badehusbryggen", "4", "5014", "Bergen", 29),
    Customer("Tangevågen Verft AS", "tangevagen", "Dokkvegen", "12", "5162", "Laksevåg", 210),
    Customer("Rosenlien tannklinikk", "rosenlien", "Rosenlien", "1", "5072", "Bergen", 8),
    Customer("Arkitektkontoret Kolibrien AS", "kolibrien", "Tegnebrettet", "6", "5012", "Bergen", 19),
    Customer("Rohrwerk Nordkante GmbH", "nordkante", "Muffenweg", "2", "20457", "Hamburg", 140, "Tyskland"),
    Customer("Klarvattnet Pumpteknik AB", "klarvattnet", "Pumpgränd", "3", "211 20", "Malmö", 45, "Sverige"),
)
ORGANIZATIONS = {organization.name: organization for organization in _ORGANIZATIONS}
"""The customers by name."""


class Contact(NamedTuple):
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
    Contact("Jorunn Kråkenes", "Rør og mer"),
    Contact("Odd-Geir Solbakkvik", "Rør og mer"),
    Contact("Bjørg Nattlandsmo", "Nattlandshøyden borettslag"),
    Contact("Henning Ågotnesvik", "Løvstakktunet sameie"),
    Contact("Selma Grønnlid", "Grønnlia borettslag"),
    Contact("Per-Øyvind Mølstrand", "Møllekvartalet sameie"),
    Contact("Camilla Naustdalen", "Sandviksnaustet Hotell AS"),
    Contact("Roar Storøystad", "Sandviksnaustet Hotell AS"),
    Contact("Åse Fjordglett", "Fjordglytt Camping AS"),
    Contact("Marte Blåbærli", "Årstadkollen barnehage SA"),
    Contact("Knut Sørværing", "Sørvær kommune"),
    Contact("Liv-Astrid Ytrevåg", "Sørvær kommune"),
    Contact("Eskil Bjørkåsmo", "Bjørkåsen skole"),
    Contact("Turid Havblikken", "Havblikk sykehjem"),
    Contact("Fredrik Vestkajen", "Vestkaien Eiendom AS"),
    Contact("Nora Kaigård", "Vestkaien Eiendom AS"),
    Contact("Stian Toppgrunnet", "Toppgrunn Entreprenør AS"),
    Contact("Malin Pukkerud", "Toppgrunn Entreprenør AS"),
    Contact("Synnøve Steinhaugen", "Steinhaug & Døtre Bygg AS"),
    Contact("Geir Kaldevatnet", "Kaldevatn Rørleggeri AS"),
    Contact("Arve Tveitskår", "Brødrene Tveitskår VVS"),
    Contact("Yusra Dråpeland", "Dråpefri AS"),
    Contact("Elin Fjæreide", "Fjæra Bad & Flis AS"),
    Contact("Torbjørn Skarvøyen", "Skarvøy Fiskemottak AS"),
    Contact("Magnhild Ytrøyen", "Ytre Skarvøy vassverk SA"),
    Contact("Jonas Humlefoss", "Humlefossen Bryggeri AS"),
    Contact("Silje Steinovnsen", "Steinovnen Bakeri AS"),
    Contact("Terje Solåsmyr", "Solåsen idrettslag"),
    Contact("Ragnhild Nygårdstunet", "Nygårdstunet studentboliger"),
    Contact("Anh Perlehagen", "Perlehagen Gartneri AS"),
    Contact("Sjur Vindhovden", "Vindhovda Hytter AS"),
    Contact("Beate Fjordbadesen", "Fjordbadet Spa AS"),
    Contact("Arnfinn Tangevåg", "Tangevågen Verft AS"),
    Contact("Hege Dokkebø", "Tangevågen Verft AS"),
    Contact("Ola Rosenlihaug", "Rosenlien tannklinikk"),
    Contact("Iselin Kolibrisen", "Arkitektkontoret Kolibrien AS"),
    Contact("Jürgen Muffenbrook", "Rohrwerk Nordkante GmbH", "+49 40 66969 114"),
    Contact("Åsa Klarvattnerin", "Klarvattnet Pumpteknik AB", "+46 70 174 06 05"),
    Contact("Øystein Gullfjellås"),
    Contact("Wenche Ulrikstad"),
    Contact("Kjetil Damsgårdsvåg"),
    Contact("Rebekka Fløenli"),
    Contact("Samir Landåsen"),
)
PERSONS = {person.name: person for person in _PERSONS}
"""The people to talk to by name."""

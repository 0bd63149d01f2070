from typing import NamedTuple
class Currency(NamedTuple):
    code: str; name: str; exponent: int; symbol: str
CURRENCIES = {c.code: c for c in [Currency("NOK","Norwegian Krone",2,"kr"),Currency("EUR","Euro",2,"€"),Currency("JPY","Yen",0,"¥")]}

"""Every currency an amount may be in: the active list of ISO 4217 as published on 1 January 2026.

Left out is what has no smallest coin there: metals, drawing rights, codes for tests and for no currency.
"""

from typing import NamedTuple


class Currency(NamedTuple):
    """A currency by its ISO code; ``exponent`` is the number of decimals its smallest coin takes."""

    code: str
    name: str
    exponent: int
    symbol: str


_LIST = """\
AED 2 AED United Arab Emirates Dirham
AFN 2 Af Afghan Afghani
ALL 2 L Albanian Lek
AMD 2 ֏ Armenian Dram
AOA 2 Kz Angolan Kwanza
ARS 2 $ Argentine Peso
AUD 2 A$ Australian Dollar
AWG 2 Afl. Aruban Florin
AZN 2 ₼ Azerbaijani Manat
BAM 2 KM Bosnia-Herzegovina Convertible Mark
BBD 2 $ Barbadian Dollar
BDT 2 ৳ Bangladeshi Taka
BHD 3 BHD Bahraini Dinar
BIF 0 FBu Burundian Franc
BMD 2 $ Bermudan Dollar
BND 2 $ Brunei Dollar
BOB 2 Bs Bolivian Boliviano
BOV 2 BOV Bolivian Mvdol
BRL 2 R$ Brazilian Real
BSD 2 $ Bahamian Dollar
BTN 2 Nu. Bhutanese Ngultrum
BWP 2 P Botswanan Pula
BYN 2 Br Belarusian Ruble
BZD 2 $ Belize Dollar
CAD 2 CA$ Canadian Dollar
CDF 2 FC Congolese Franc
CHE 2 CHE WIR Euro
CHF 2 CHF Swiss Franc
CHW 2 CHW WIR Franc
CLF 4 CLF Chilean Unit of Account (UF)
CLP 0 $ Chilean Peso
CNY 2 CN¥ Chinese Yuan
COP 2 $ Colombian Peso
COU 2 COU Colombian Real Value Unit
CRC 2 ₡ Costa Rican Colón
CUP 2 $ Cuban Peso
CVE 2 CVE Cape Verdean Escudo
CZK 2 Kč Czech Koruna
DJF 0 Fdj Djiboutian Franc
DKK 2 kr. Danish Krone
DOP 2 RD$ Dominican Peso
DZD 2 DZD Algerian Dinar
EGP 2 EGP Egyptian Pound
ERN 2 Nfk Eritrean Nakfa
ETB 2 ETB Ethiopian Birr
EUR 2 € Euro
FJD 2 $ Fijian Dollar
FKP 2 £ Falkland Islands Pound
GBP 2 £ British Pound
GEL 2 ₾ Georgian Lari
GHS 2 GH₵ Ghanaian Cedi
GIP 2 £ Gibraltar Pound
GMD 2 D Gambian Dalasi
GNF 0 FG Guinean Franc
GTQ 2 Q Guatemalan Quetzal
GYD 2 $ Guyanaese Dollar
HKD 2 HK$ Hong Kong Dollar
HNL 2 L Honduran Lempira
HTG 2 G Haitian Gourde
HUF 2 Ft Hungarian Forint
IDR 2 Rp Indonesian Rupiah
ILS 2 ₪ Israeli New Shekel
INR 2 ₹ Indian Rupee
IQD 3 IQD Iraqi Dinar
IRR 2 IRR Iranian Rial
ISK 0 kr. Icelandic Króna
JMD 2 $ Jamaican Dollar
JOD 3 JOD Jordanian Dinar
JPY 0 ¥ Japanese Yen
KES 2 Ksh Kenyan Shilling
KGS 2 som Kyrgystani Som
KHR 2 ៛ Cambodian Riel
KMF 0 CF Comorian Franc
KPW 2 KPW North Korean Won
KRW 0 ₩ South Korean Won
KWD 3 KWD Kuwaiti Dinar
KYD 2 $ Cayman Islands Dollar
KZT 2 ₸ Kazakhstani Tenge
LAK 2 ₭ Laotian Kip
LBP 2 LBP Lebanese Pound
LKR 2 LKR Sri Lankan Rupee
LRD 2 $ Liberian Dollar
LSL 2 M Lesotho Loti
LYD 3 LYD Libyan Dinar
MAD 2 MAD Moroccan Dirham
MDL 2 L Moldovan Leu
MGA 2 Ar Malagasy Ariary
MKD 2 den Macedonian Denar
MMK 2 K Myanmar Kyat
MNT 2 ₮ Mongolian Tugrik
MOP 2 MOP$ Macanese Pataca
MRU 2 MRU Mauritanian Ouguiya
MUR 2 Rs Mauritian Rupee
MVR 2 MVR Maldivian Rufiyaa
MWK 2 MK Malawian Kwacha
MXN 2 MX$ Mexican Peso
MXV 2 MXV Mexican Investment Unit
MYR 2 RM Malaysian Ringgit
MZN 2 MTn Mozambican Metical
NAD 2 $ Namibian Dollar
NGN 2 ₦ Nigerian Naira
NIO 2 C$ Nicaraguan Córdoba
NOK 2 kr Norwegian Krone
NPR 2 NPR Nepalese Rupee
NZD 2 NZ$ New Zealand Dollar
OMR 3 OMR Omani Rial
PAB 2 B/. Panamanian Balboa
PEN 2 S/ Peruvian Sol
PGK 2 PGK Papua New Guinean Kina
PHP 2 ₱ Philippine Peso
PKR 2 Rs Pakistani Rupee
PLN 2 zł Polish Zloty
PYG 0 ₲ Paraguayan Guarani
QAR 2 QAR Qatari Riyal
RON 2 RON Romanian Leu
RSD 2 RSD Serbian Dinar
RUB 2 ₽ Russian Ruble
RWF 0 RF Rwandan Franc
SAR 2 SAR Saudi Riyal
SBD 2 $ Solomon Islands Dollar
SCR 2 SR Seychellois Rupee
SDG 2 SDG Sudanese Pound
SEK 2 kr Swedish Krona
SGD 2 S$ Singapore Dollar
SHP 2 SHP St. Helena Pound
SLE 2 Le Sierra Leonean Leone
SOS 2 S Somali Shilling
SRD 2 $ Surinamese Dollar
SSP 2 £ South Sudanese Pound
STN 2 Db São Tomé & Príncipe Dobra
SVC 2 SVC Salvadoran Colón
SYP 2 SYP Syrian Pound
SZL 2 E Swazi Lilangeni
THB 2 ฿ Thai Baht
TJS 2 TJS Tajikistani Somoni
TMT 2 TMT Turkmenistani Manat
TND 3 TND Tunisian Dinar
TOP 2 T$ Tongan Pa’anga
TRY 2 ₺ Turkish Lira
TTD 2 $ Trinidad & Tobago Dollar
TWD 2 NT$ New Taiwan Dollar
TZS 2 TSh Tanzanian Shilling
UAH 2 ₴ Ukrainian Hryvnia
UGX 0 USh Ugandan Shilling
USD 2 $ US Dollar
USN 2 USN US Dollar (Next day)
UYI 0 UYI Uruguayan Peso (Indexed Units)
UYU 2 $ Uruguayan Peso
UYW 4 UYW Uruguayan Nominal Wage Index Unit
UZS 2 UZS Uzbekistani Som
VED 2 VED Venezuelan Digital Bolívar
VES 2 Bs.S Venezuelan Bolívar
VND 0 ₫ Vietnamese Dong
VUV 0 VT Vanuatu Vatu
WST 2 WS$ Samoan Tala
XAD 2 XAD Arab Accounting Dinar
XAF 0 FCFA Central African CFA Franc
XCD 2 EC$ East Caribbean Dollar
XCG 2 Cg Caribbean Guilder
XOF 0 XOF West African CFA Franc
XPF 0 CFPF CFP Franc
YER 2 YER Yemeni Rial
ZAR 2 R South African Rand
ZMW 2 K Zambian Kwacha
ZWG 2 ZWG Zimbabwean Gold
"""
"""Code, exponent, symbol, name: a line each, in the order of the codes."""


def _read(line: str) -> Currency:
    code, exponent, symbol, name = line.split(" ", 3)
    return Currency(code, name, int(exponent), symbol)


CURRENCIES: dict[str, Currency] = {line[:3]: _read(line) for line in _LIST.splitlines()}
"""The currencies by code, in the order of the codes."""

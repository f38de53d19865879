"""Names of states and territories as maps write them, and their codes in ISO 3166-1.

Maps write "Congo, Dem. Rep.", "Côte d'Ivoire", "Virgin Islands (U.S.)", "Hong Kong SAR, China". A name is looked up
without regard to case, accents, punctuation, order of words and small words; the common abbreviations are spelt out.
What is not in the list is no state: nothing is guessed from a name that is merely alike. Which code a name stands for
takes no side in who holds a place: the map's own word for it is translated, and no more.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from crossline.identifiers.state import CODES, ISO_3166_1

# The code, and the names it goes by. English short names, former names, and the forms that maps and lists use.
_NAMES: Final = """
AD Andorra; AE United Arab Emirates|UAE|Emirates; AF Afghanistan; AG Antigua and Barbuda|Antigua; AI Anguilla
AL Albania; AM Armenia; AO Angola; AQ Antarctica; AR Argentina|Argentine Republic; AS American Samoa; AT Austria
AU Australia; AW Aruba; AX Aland Islands|Aland; AZ Azerbaijan; BA Bosnia and Herzegovina|Bosnia; BB Barbados
BD Bangladesh; BE Belgium; BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin
BL Saint Barthelemy|Saint Barts|Saint Barth; BM Bermuda; BN Brunei|Brunei Darussalam
BO Bolivia|Plurinational State of Bolivia; BR Brazil
BQ Bonaire, Sint Eustatius and Saba|Caribbean Netherlands|Bonaire|Netherlands Caribbean
BQ Bonaire, Saint Eustatius and Saba|Caribbean NL
BS Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus; BZ Belize; CA Canada
CC Cocos (Keeling) Islands|Cocos Islands|Keeling Islands
CD Congo, Dem. Rep.|Democratic Republic of the Congo|Congo, The Democratic Republic of the|DR Congo|DRC
CD Congo-Kinshasa|Zaire
CF Central African Republic|Central African Rep.; CG Congo, Rep.|Republic of the Congo|Congo|Congo-Brazzaville
CH Switzerland; CI Cote d'Ivoire|Ivory Coast; CK Cook Islands; CL Chile; CM Cameroon; CO Colombia; CR Costa Rica
CN China|People's Republic of China|PRC|P.R. China|China, Mainland|Mainland China; CU Cuba; CV Cape Verde|Cabo Verde
CW Curacao; CX Christmas Island; CY Cyprus; CZ Czech Republic|Czechia; DE Germany; DJ Djibouti; DK Denmark
DM Dominica|Commonwealth of Dominica; DO Dominican Republic|Dominican Rep.; DZ Algeria; EC Ecuador; EE Estonia
EG Egypt|Arab Republic of Egypt|Egypt, Arab Rep.; EH Western Sahara; ER Eritrea; ES Spain; ET Ethiopia; FI Finland
FJ Fiji; FK Falkland Islands|Falkland Islands (Malvinas)|Malvinas|Falklands
FM Micronesia|Federated States of Micronesia|Micronesia, Fed. Sts.|FSM; FO Faroe Islands|Faeroe Islands|Faroes
FR France|Metropolitan France; GA Gabon; GB United Kingdom|UK|Great Britain|Britain
GB United Kingdom of Great Britain and Northern Ireland; GD Grenada; GE Georgia; GF French Guiana; GG Guernsey; GH Ghana
GI Gibraltar; GL Greenland; GM Gambia; GN Guinea|Guinea-Conakry; GP Guadeloupe; GQ Equatorial Guinea; GR Greece
GS South Georgia and the South Sandwich Islands|South Georgia; GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana
HK Hong Kong|Hong Kong, China|Hong Kong SAR|Hong Kong SAR, China|China, Hong Kong Special Administrative Region
HM Heard Island and McDonald Islands; HN Honduras; HR Croatia; HT Haiti; HU Hungary; ID Indonesia
IE Ireland|Republic of Ireland; IL Israel; IM Isle of Man; IN India; IO British Indian Ocean Territory|Diego Garcia
IQ Iraq; IR Iran|Islamic Republic of Iran|Iran, Islamic Rep.; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan
JP Japan; KE Kenya; KG Kyrgyzstan|Kyrgyz Republic; KH Cambodia; KI Kiribati; KM Comoros
KN Saint Kitts and Nevis|Saint Kitts; KP North Korea|Korea, Dem. People's Rep.|DPRK
KP Democratic People's Republic of Korea|Korea, Dem. Rep.; KR South Korea|Republic of Korea|Korea, Rep.
KW Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos|Lao PDR|Lao People's Democratic Republic; LB Lebanon
LC Saint Lucia; LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia
LY Libya|Libyan Arab Jamahiriya; MA Morocco; MC Monaco; MD Moldova|Republic of Moldova; ME Montenegro
MF Saint Martin|Saint Martin (French part)|French Saint Martin; MG Madagascar; MH Marshall Islands
MK North Macedonia|Macedonia|Republic of North Macedonia|Macedonia, FYR; ML Mali; MM Myanmar|Burma|Myanmar (Burma)
MN Mongolia
MO Macao|Macau|Macao, China|Macau, China|Macao SAR|Macau SAR|Macao SAR, China|Macau SAR, China
MO China, Macao Special Administrative Region
MP Northern Mariana Islands|Commonwealth of the Northern Mariana Islands|CNMI; MQ Martinique; MR Mauritania
MS Montserrat; MT Malta; MU Mauritius; MV Maldives; MW Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia
NC New Caledonia; NE Niger; NF Norfolk Island; NG Nigeria; NI Nicaragua; NL Netherlands|The Netherlands|Holland
NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand; OM Oman; PA Panama; PE Peru; PF French Polynesia
PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland; PM Saint Pierre and Miquelon
PN Pitcairn|Pitcairn Islands; PR Puerto Rico|Commonwealth of Puerto Rico
PS Palestine|State of Palestine|Palestinian Territories|Occupied Palestinian Territory|West Bank and Gaza
PT Portugal; PW Palau; PY Paraguay; QA Qatar; RE Reunion|Reunion Island|La Reunion; RO Romania; RS Serbia
RU Russia|Russian Federation|Russian Fed.; RW Rwanda; SA Saudi Arabia|Kingdom of Saudi Arabia|KSA; SB Solomon Islands
SC Seychelles; SD Sudan; SE Sweden; SG Singapore
SH Saint Helena, Ascension and Tristan da Cunha|Saint Helena|Ascension|Tristan da Cunha; SI Slovenia
SJ Svalbard and Jan Mayen|Svalbard; SK Slovakia|Slovak Republic; SL Sierra Leone; SM San Marino; SN Senegal
SO Somalia; SR Suriname; SS South Sudan; ST Sao Tome and Principe; SV El Salvador
SX Sint Maarten|Saint Maarten|Sint Maarten (Dutch part)|Saint Maarten (Dutch); SY Syria|Syrian Arab Republic
SZ Eswatini|Swaziland|Eswatini (Swaziland)
TC Turks and Caicos Islands|Turks and Caicos; TD Chad; TF French Southern Territories; TG Togo; TH Thailand
TJ Tajikistan; TK Tokelau; TL Timor-Leste|East Timor; TM Turkmenistan; TN Tunisia; TO Tonga
TR Turkey|Turkiye|Republic of Turkiye; TT Trinidad and Tobago|Trinidad & Tobago; TV Tuvalu
TW Taiwan|Taiwan, China|Chinese Taipei|Taiwan, Province of China|Republic of China|Taiwan (Republic of China)
TW Taiwan ROC|Taiwan, ROC
TZ Tanzania|United Republic of Tanzania; UA Ukraine; UG Uganda
UM United States Minor Outlying Islands|Wake Island|Midway Islands|Midway Atoll
US United States|United States of America|USA|US; UY Uruguay; UZ Uzbekistan; VA Holy See|Vatican|Vatican City
VC Saint Vincent and the Grenadines|Saint Vincent; VE Venezuela|Bolivarian Republic of Venezuela|Venezuela, RB
VG Virgin Islands (U.K.)|British Virgin Islands|Virgin Islands, British|BVI
VI Virgin Islands (U.S.)|US Virgin Islands|United States Virgin Islands|Virgin Islands, U.S.|USVI|Virgin Islands (US)
VN Vietnam|Viet Nam|Socialist Republic of Vietnam; VU Vanuatu; WF Wallis and Futuna|Wallis and Futuna Islands
WS Samoa|Western Samoa|Independent State of Samoa; XK Kosovo; YE Yemen|Yemen, Rep.|Republic of Yemen; YT Mayotte
ZA South Africa|Republic of South Africa|RSA; ZM Zambia; ZW Zimbabwe
"""
# The alpha-3 codes of ISO 3166-1, in the order of the alpha-2 codes.
_THREE: Final = """
AND ARE AFG ATG AIA ALB ARM AGO ATA ARG ASM AUT AUS ABW ALA AZE BIH BRB BGD BEL BFA BGR BHR BDI BEN BLM BMU BRN BOL
BES BRA BHS BTN BVT BWA BLR BLZ CAN CCK COD CAF COG CHE CIV COK CHL CMR CHN COL CRI CUB CPV CUW CXR CYP CZE DEU DJI
DNK DMA DOM DZA ECU EST EGY ESH ERI ESP ETH FIN FJI FLK FSM FRO FRA GAB GBR GRD GEO GUF GGY GHA GIB GRL GMB GIN GLP
GNQ GRC SGS GTM GUM GNB GUY HKG HMD HND HRV HTI HUN IDN IRL ISR IMN IND IOT IRQ IRN ISL ITA JEY JAM JOR JPN KEN KGZ
KHM KIR COM KNA PRK KOR KWT CYM KAZ LAO LBN LCA LIE LKA LBR LSO LTU LUX LVA LBY MAR MCO MDA MNE MAF MDG MHL MKD MLI
MMR MNG MAC MNP MTQ MRT MSR MLT MUS MDV MWI MEX MYS MOZ NAM NCL NER NFK NGA NIC NLD NOR NPL NRU NIU NZL OMN PAN PER
PYF PNG PHL PAK POL SPM PCN PRI PSE PRT PLW PRY QAT REU ROU SRB RUS RWA SAU SLB SYC SDN SWE SGP SHN SVN SJM SVK SLE
SMR SEN SOM SUR SSD STP SLV SXM SYR SWZ TCA TCD ATF TGO THA TJK TKL TLS TKM TUN TON TUR TTO TUV TWN TZA UKR UGA UMI
USA URY UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM MYT ZAF ZMB ZWE
"""
_SMALL: Final = frozenset({"the", "of", "and", "da", "d"})
_SPELT: Final = {
    "st": "saint", "ste": "saint", "rep": "republic", "dem": "democratic", "is": "islands", "isl": "islands",
    "isles": "islands", "fed": "federated", "sts": "states", "ter": "territory",
}  # fmt: skip
_LONGEST: Final = 100  # characters of a name; the longest above has 55


def form(name: str) -> tuple[str, ...]:
    """Return the words of a name in the one order in which they are compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    plain = re.sub(r"[.'`\u2019\u02bc]", "", plain)
    words = [_SPELT.get(word, word) for word in re.findall(r"\w+", plain) if word not in _SMALL]
    return tuple(sorted(words))


@cache
def _known() -> dict[tuple[str, ...], str]:
    known: dict[tuple[str, ...], str] = {}
    for line in re.split(r"[;\n]", _NAMES.strip()):
        code, _, names = line.strip().partition(" ")
        for name in names.split("|"):
            words = form(name)
            if known.setdefault(words, code) != code:
                raise ValueError(f"{name} stands for {code} and for {known[words]}")
    return known


def code(name: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of the state or territory that a map calls so (XK for Kosovo), or None."""
    return _known().get(form(name)) if 0 < len(name) <= _LONGEST else None


@cache
def _three() -> dict[str, str]:
    return dict(zip(_THREE.split(), sorted(ISO_3166_1), strict=True))


def stated(country: object) -> str | None:
    """Return the code of what a map states as a country, or None.

    That is a name, a code of ISO 3166-1 of two or three capital letters, or an object with a ``code`` or a ``name``.
    """
    if isinstance(country, dict):
        return stated(str(country.get("code") or "")) or stated(str(country.get("name") or ""))
    if not isinstance(country, str):
        return None
    word = country.strip()
    return word if word in CODES else _three().get(word) or code(country)

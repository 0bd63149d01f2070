"""What waits in the sample company's inbox flows out of here, what was put aside there, and what came back to it."""

from __future__ import annotations

from aggregates.lead_sources import (
    API,
    IMPORT,
    LEADBOOSTER,
    LIVE_CHAT,
    MANUALLY_CREATED,
    PROSPECTOR,
    WEB_FORMS,
    WEBSITE_VISITORS,
)
from service.sample.contacts import AMINA, INGRID, TORE
from service.sample.stages import FIRST_EMAIL, MEETING, OFFER, REPLY
from service.sample.steps import (
    UNKNOWN,
    came,
    changed,
    converted,
    due,
    entered,
    eur,
    fetched,
    given,
    labelled,
    lost,
    moved,
    nok,
    opportunity,
    reopened,
    reverted,
    seen,
    shelved,
)

HOT, WARM, COLD, CONTRACTOR, TENDER = "Hot", "Warm", "Cold", "Rørlegger", "Anbud"
LABELS = {CONTRACTOR: "purple", TENDER: "green"}
"""The labels that the company has beside the usual ones, and their colours."""

WAITING = (
    opportunity("Rammeavtale på kobberrør og pressdeler", "Jorunn Kråkenes", INGRID, WEB_FORMS, nok(640_000), came(0)),
    opportunity("Varmtvannsbereder lekker, trenger ny i dag", "Samir Landåsen", TORE, LIVE_CHAT, nok(18_900), came(0)),
    opportunity("Varmepumpe til ny barnehageavdeling", "Marte Blåbærli", AMINA, LEADBOOSTER, nok(285_000), came(1)),
    opportunity("Pris på 40 vegghengte toaletter", "Malin Pukkerud", INGRID, WEB_FORMS, nok(212_000), came(1), seen(0)),
    opportunity("Besøkte siden om fettutskillere tre ganger", "Humlefossen Bryggeri AS", TORE, WEBSITE_VISITORS,
                UNKNOWN, came(2)),
    opportunity("Legionellasikring av garderobeanlegg", "Terje Solåsmyr", AMINA, LEADBOOSTER, nok(96_500),
                came(2), seen(1), labelled(1, WARM)),
    opportunity("Sirkulasjonspumper, årsbehov", "Geir Kaldevatnet", TORE, API, nok(158_000),
                came(3), seen(2), labelled(2, WARM, CONTRACTOR)),
    opportunity("Baderom i kjeller, komplett røropplegg", "Rebekka Fløenli", INGRID, WEB_FORMS, nok(74_000),
                came(4), seen(3), labelled(3, HOT), due(3, 25)),
    opportunity("Skjult sisterne passer ikke, vil bytte", "Wenche Ulrikstad", TORE, LIVE_CHAT, nok(6_400), came(5)),
    opportunity("Utskifting av stigeledninger, 48 leiligheter", "Selma Grønnlid", INGRID, MANUALLY_CREATED,
                nok(1_950_000), came(6), seen(6), labelled(6, HOT), due(5, 75)),
    opportunity("Sprinklerrør til hyttetun, byggetrinn 2", "Sjur Vindhovden", AMINA, PROSPECTOR, nok(430_000), came(7)),
    opportunity("Sjøvannsbestandige ventiler til kai 3", "Hege Dokkebø", INGRID, PROSPECTOR, eur(88_000),
                came(8), seen(7), labelled(7, WARM)),
    opportunity("Besøkte siden om membranfilter", "Ytre Skarvøy vassverk SA", AMINA, WEBSITE_VISITORS, UNKNOWN,
                came(9)),
    opportunity("Lavtemperatur gulvvarme, tannlegekontor", "Ola Rosenlihaug", TORE, WEB_FORMS, nok(132_000),
                came(10), seen(9), given(9, AMINA, "Amina har varmepumpene"), labelled(8, WARM)),
    opportunity("Anbud: rørmateriell til svømmehallen", "Knut Sørværing", INGRID, IMPORT, nok(2_750_000),
                came(12), seen(11), labelled(11, HOT, TENDER), due(11, 40)),
    opportunity("Anbud: vann og avløp i Storebøvegen", "Liv-Astrid Ytrevåg", INGRID, IMPORT, nok(1_240_000),
                came(12), seen(11), labelled(11, TENDER), due(11, 52)),
    opportunity("Kjøleanlegg til ismaskin, rør og isolasjon", "Torbjørn Skarvøyen", TORE, LEADBOOSTER, nok(187_000),
                came(14), seen(13), labelled(12, WARM)),
    opportunity("Dusjkabinetter til 60 hybler", "Ragnhild Nygårdstunet", AMINA, WEB_FORMS, nok(498_000),
                came(15), seen(14), labelled(14, WARM), due(13, 90)),
    opportunity("Dryppvanning i drivhus 4", "Anh Perlehagen", TORE, LIVE_CHAT, nok(64_000), came(17), seen(16)),
    opportunity("Vil vite mer om forhandleravtale", "Yusra Dråpeland", INGRID, LEADBOOSTER, UNKNOWN,
                came(19), seen(18), labelled(18, CONTRACTOR)),
    opportunity("Radiatorbytte i tre oppganger", "Per-Øyvind Mølstrand", AMINA, WEB_FORMS, nok(345_000),
                came(21), seen(20), labelled(20, WARM), changed(16, **nok(372_000))),
    opportunity("Felles innkjøp av presskoblinger", "Jürgen Muffenbrook", INGRID, PROSPECTOR, eur(54_000),
                came(24), seen(22), labelled(22, COLD)),
    opportunity("Utedusj og spyleplass ved bobilfelt", "Åse Fjordglett", TORE, MANUALLY_CREATED, nok(58_000),
                came(28), seen(28), due(27, 120)),
    opportunity("Rørskisse til tre rekkehus", "Iselin Kolibrisen", AMINA, PROSPECTOR, nok(265_000),
                came(33), seen(31), labelled(31, COLD)),
    opportunity("Ny bereder og varmekabler i bakeriet", "Silje Steinovnsen", TORE, WEB_FORMS, nok(49_500),
                came(38), seen(37), labelled(37, WARM)),
    opportunity("Leieavtale på tørkeaggregat", "Dråpefri AS", INGRID, IMPORT, nok(36_000), came(47), seen(45)),
    opportunity("Boligventilasjon sammen med varmepumpe", "Øystein Gullfjellås", AMINA, LEADBOOSTER, nok(119_000),
                came(55), seen(54), labelled(54, WARM), due(54, 60)),
    opportunity("Avløpspumpe i kjellerlokale", "Nora Kaigård", TORE, API, nok(82_000),
                came(63), seen(62), labelled(62, COLD)),
    opportunity("Hovedstengekraner i hele kvartalet", "Fredrik Vestkajen", INGRID, MANUALLY_CREATED, nok(226_000),
                came(80), seen(80), labelled(79, WARM), due(60, 30)),
)  # fmt: skip
"""Leads that nobody has confirmed."""

PUT_ASIDE = (
    opportunity("Solfangere på hotelltaket", "Roar Storøystad", AMINA, PROSPECTOR, nok(720_000),
                came(140), seen(139), labelled(138, WARM), shelved(96, "Taket er fredet, ingen anlegg tillatt")),
    opportunity("Gratis befaring, flyttet fra byen", "Kjetil Damsgårdsvåg", TORE, WEB_FORMS, nok(25_000),
                came(118), seen(117), shelved(110, "Kunden har solgt boligen")),
    opportunity("Brukte radiatorer ønskes kjøpt", "Wenche Ulrikstad", TORE, LIVE_CHAT, UNKNOWN,
                came(90), seen(90), shelved(90, "Vi selger ikke brukt")),
    opportunity("Nedgravd oljetank skal fjernes", "Løvstakktunet sameie", INGRID, WEB_FORMS, nok(140_000),
                came(84), seen(83), shelved(70, "Satt på vent"), fetched(41, "Nytt styre tar saken opp"),
                shelved(29, "Sameiet har valgt fjernvarme")),
    opportunity("Messekontakt, vil ha katalog", "Odd-Geir Solbakkvik", INGRID, IMPORT, UNKNOWN,
                came(66), seen(60), labelled(60, COLD, CONTRACTOR), shelved(52, "Katalog sendt, Jorunn handler")),
)  # fmt: skip
"""Leads that were looked at and archived."""

CAME_BACK = (
    opportunity("Vannbåren varme i ny idrettshall", "Terje Solåsmyr", AMINA, WEB_FORMS, nok(890_000),
                came(112), seen(111), labelled(111, HOT), converted(109, "Ivrig på telefon, ber om møte"),
                moved(101, MEETING), reverted(92, "For tidlig: hallen er ikke finansiert før kommunen har vedtatt det"),
                due(91, 150)),
    opportunity("Fettutskiller til nytt kjøkken", "Camilla Naustdalen", TORE, LEADBOOSTER, nok(164_000),
                came(97), seen(96), converted(95, "Svarte på den automatiske e-posten", stage=FIRST_EMAIL),
                reverted(88, "For tidlig: kjøkkenet er ikke tegnet ennå"), labelled(87, WARM),
                converted(59, "Tegningene er klare", stage=REPLY), moved(50, OFFER),
                reverted(34, "Ombyggingen er utsatt til etter sesongen"), due(34, 130)),
    opportunity("Rehabilitering av avløp med strømpe", "Henning Ågotnesvik", INGRID, PROSPECTOR, nok(1_120_000),
                came(76), seen(75), converted(74, "LinkedIn-profilen viser at han leder byggekomiteen"),
                reverted(65, "For tidlig: bare én av tre i styret kjenner saken"), labelled(65, WARM)),
    opportunity("Reservepumper til kar og lossekran", "Torbjørn Skarvøyen", TORE, LIVE_CHAT, nok(98_000),
                came(58), seen(57), converted(56, "Vil ha tilbud innen fredag"), moved(53, OFFER),
                lost(44, "Kjøpte brukt av naboen"), reopened(31, "De brukte pumpene holdt ikke"),
                reverted(30, "Skal først telle opp hva de trenger")),
    opportunity("Utvidet lager for sluk og renner", "Elin Fjæreide", TORE, MANUALLY_CREATED, nok(76_000),
                entered(46, FIRST_EMAIL), reverted(43, "Bare en idé fra en samtale i butikken, ingen forespørsel")),
    opportunity("Nødkjøling til serverrom", "Arnfinn Tangevåg", AMINA, API, eur(41_500),
                came(37), seen(36), converted(35, "Haster ifølge driftssjefen"), moved(29, REPLY),
                reverted(20, "Leier aggregat ut året, vil snakke igjen når avtalen går ut"), labelled(20, COLD)),
)  # fmt: skip
"""Leads that were deals once, or more than once."""

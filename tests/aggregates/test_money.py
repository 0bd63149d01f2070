"""Amounts are decimal text in whole coins, and stay what they are on every way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.currencies import CURRENCIES, Currency
from aggregates.money import LARGEST, canonical_amount, exponent_of, in_words, minor_units
from aggregates.refusals import Refusal, UnknownReference

CODES = st.sampled_from(sorted(CURRENCIES))
COINS = st.integers(-(10**12) + 1, 10**12 - 1)


@given(code=CODES, coins=COINS)
def test_an_amount_of_whole_coins_is_recorded_and_counted_as_it_is(code: str, coins: int) -> None:
    amount = canonical_amount(Decimal(coins).scaleb(-exponent_of(code)), code)
    assert minor_units(amount, code) == coins
    assert canonical_amount(Decimal(amount), code) == amount
    assert Decimal(in_words(coins, code)) == Decimal(amount)
    assert "E" not in amount
    assert len(amount.partition(".")[2]) == exponent_of(code)


@given(code=CODES, units=st.integers(0, 10**12 - 1), coins=st.integers(0, 9999))
def test_an_amount_of_every_size_that_is_allowed_keeps_all_its_digits(code: str, units: int, coins: int) -> None:
    exponent = exponent_of(code)
    meant = Decimal(units) + Decimal(coins % 10**exponent).scaleb(-exponent)
    assert Decimal(canonical_amount(meant, code)) == meant


@given(number=st.floats(-(10**9), 10**9).map(lambda number: round(number, 2)))
def test_an_amount_that_came_as_a_binary_float_is_what_was_written(number: float) -> None:
    assert Decimal(canonical_amount(Decimal(number), "NOK")) == Decimal(str(number))


@given(left=st.integers(0, 10**9), right=st.integers(0, 10**9))
def test_the_noise_of_float_arithmetic_is_not_money(left: int, right: int) -> None:
    noisy = Decimal(left / 100 + right / 100)
    assert minor_units(canonical_amount(noisy, "EUR"), "EUR") == left + right


@given(amount=st.decimals(), code=CODES)
def test_any_number_is_recorded_whole_or_refused(amount: Decimal, code: str) -> None:
    try:
        recorded = Decimal(canonical_amount(amount, code))
    except Refusal:
        return
    assert abs(recorded) < LARGEST
    assert abs(recorded - amount) <= abs(recorded) * Decimal("1e-14")


@pytest.mark.parametrize(
    ("amount", "currency", "recorded"),
    [
        ("1234.5", "EUR", "1234.50"),
        ("1e3", "NOK", "1000.00"),
        ("12", "JPY", "12"),
        ("1.5", "KWD", "1.500"),
        ("999999999999.9999", "CLF", "999999999999.9999"),
        ("-0.00", "NOK", "0.00"),
        ("-5", "NOK", "-5.00"),
        ("0.30000000000000004", "NOK", "0.30"),
    ],
)
def test_an_amount_is_recorded_with_the_decimals_of_its_currency(amount: str, currency: str, recorded: str) -> None:
    assert canonical_amount(Decimal(amount), currency) == recorded


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(amount: str) -> None:
    with pytest.raises(Refusal, match="must be a number"):
        canonical_amount(Decimal(amount), "NOK")


@pytest.mark.parametrize(
    "amount", ["1e12", "-1e12", "1e400", "1E+999999999", "9" * 40, "999999999999.999", "999999999999.9951"]
)
def test_an_amount_too_large_is_refused(amount: str) -> None:
    with pytest.raises(Refusal, match="must be smaller than 1000000000000"):
        canonical_amount(Decimal(amount), "NOK")


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.005", "NOK"), ("0.5", "JPY"), ("1e-400", "EUR"), ("0." + "1" * 40, "KWD")]
)
def test_an_amount_finer_than_the_smallest_coin_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(Refusal, match="decimals"):
        canonical_amount(Decimal(amount), currency)


@pytest.mark.parametrize("code", ["", "nok", "XXX", "XAU", "DEM", "NOKK"])
def test_a_currency_that_does_not_exist_is_refused(code: str) -> None:
    with pytest.raises(UnknownReference, match="there is no currency"):
        canonical_amount(Decimal(1), code)


@pytest.mark.parametrize(
    ("coins", "currency", "words"),
    [(123450, "EUR", "1234.5"), (100, "EUR", "1"), (0, "EUR", "0"), (-5, "NOK", "-0.05"), (1000, "JPY", "1000")],
)
def test_a_sum_is_said_without_trailing_zeros(coins: int, currency: str, words: str) -> None:
    assert in_words(coins, currency) == words


def test_a_total_of_a_million_of_the_largest_deals_is_exact() -> None:
    total = 10**6 * minor_units("999999999999.9999", "CLF")
    assert in_words(total, "CLF") == "999999999999999900"


def test_there_is_every_currency_of_the_standard_in_order() -> None:
    assert list(CURRENCIES) == sorted(CURRENCIES)
    assert len(CURRENCIES) == 165
    for code, currency in CURRENCIES.items():
        assert code == currency.code
        assert len(code) == 3
        assert code.isascii()
        assert code.isupper()
        assert currency.name.strip()
        assert currency.symbol.strip()


def test_currencies_have_the_decimals_that_the_standard_gives_them() -> None:
    unusual = {code: each.exponent for code, each in CURRENCIES.items() if each.exponent != 2}
    by_exponent = {
        exponent: " ".join(code for code in unusual if unusual[code] == exponent) for exponent in unusual.values()
    }
    assert by_exponent == {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }


def test_a_currency_is_known_by_its_name_and_its_symbol() -> None:
    assert CURRENCIES["NOK"] == Currency("NOK", "Norwegian Krone", 2, "kr")
    assert CURRENCIES["XAD"].name == "Arab Accounting Dinar"

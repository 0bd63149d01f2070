"""Amounts of money as events have them: decimal text, in whole units of the currency's smallest coin."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

from aggregates.currencies import CURRENCIES
from aggregates.refusals import Refusal, UnknownReference

LARGEST = Decimal(10) ** 12
"""Amounts stay below this many units, so that totals of a million deals still fit 64-bit whole numbers."""

_FLOAT_NOISE = Context(prec=15, rounding=ROUND_HALF_EVEN)
"""A binary float carries 15 decimal digits faithfully; what stands behind them is noise, not money."""


def canonical_amount(amount: Decimal, currency: str) -> str:
    """An amount as events hold it, ``"1234.50"``: with just the decimals its currency has.

    Raises `UnknownReference` for a currency that does not exist and `Refusal` for an amount that is no
    number, too large, or finer than the currency's smallest coin.
    """
    exponent = exponent_of(currency)
    coin = Decimal(1).scaleb(-exponent)
    if not amount.is_finite():
        raise Refusal("an amount must be a number")
    if amount.copy_abs() > LARGEST - coin:
        raise Refusal(f"an amount must be smaller than {LARGEST:f}")
    meant = amount if amount == amount.quantize(coin) else _FLOAT_NOISE.create_decimal(amount)
    exact = meant.quantize(coin)
    if exact != meant:
        raise Refusal(f"{currency} has {exponent} decimals; {meant} has more")
    return f"{exact.copy_abs() if exact.is_zero() else exact:f}"


def exponent_of(currency: str) -> int:
    """How many decimals a currency has (ISO 4217); raises `UnknownReference` where it does not exist."""
    try:
        return CURRENCIES[currency].exponent
    except KeyError:
        raise UnknownReference(f"there is no currency {currency!r}") from None


def minor_units(amount: str, currency: str) -> int:
    """A recorded amount counted in its currency's smallest coin: 1234.50 EUR is 123450."""
    return int(Decimal(amount).scaleb(exponent_of(currency)))


def in_words(minor: int, currency: str, finer: int = 0) -> str:
    """Minor units back as decimal text without trailing zeros: 123450 of EUR is ``1234.5``.

    ``finer`` says how many decimals the number counts beyond the currency's own.
    """
    exponent = exponent_of(currency) + finer
    whole, rest = divmod(abs(minor), 10**exponent)
    decimals = f".{rest:0{exponent}d}".rstrip("0") if rest else ""
    return f"{'-' if minor < 0 else ''}{whole}{decimals}"

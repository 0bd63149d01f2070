"""What operators set is understood, or refused at the start in a sentence that names the setting."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from click.testing import CliRunner

from service.cli import main
from service.operating import Operation, Quota, WrongSetting


def test_nothing_is_limited_where_nothing_is_said_but_failed_logins() -> None:
    assert Operation.from_environment({}) == Operation()
    assert Operation().failed_logins == Quota(10, 600)
    assert (Operation().token_limit, Operation().address_limit) == (None, None)


def test_what_is_said_is_understood() -> None:
    told = Operation.from_environment(
        {
            "LEADLEDGER_TOKEN_LIMIT": "600/60",
            "LEADLEDGER_ADDRESS_LIMIT": "off",
            "LEADLEDGER_FAILED_LOGINS": "off",
            "LEADLEDGER_TRUSTED_PROXIES": " 10.0.0.1, fd00::/8 ,",
            "LEADLEDGER_CORS_ORIGINS": "https://app.example.com, http://localhost:3000,http://[::1]:5173",
            "LEADLEDGER_LOG_FORMAT": "json",
            "LEADLEDGER_GZIP": "on",
        }
    )
    assert told == Operation(
        token_limit=Quota(600, 60),
        failed_logins=None,
        proxies=(ip_network("10.0.0.1"), ip_network("fd00::/8")),
        origins=frozenset({"https://app.example.com", "http://localhost:3000", "http://[::1]:5173"}),
        has_json_logs=True,
        has_gzip=True,
    )


WRONG = [
    *(("LEADLEDGER_TOKEN_LIMIT", each) for each in ("600", "0/60", "600/0", "-1/60", "1/86401", "9999999/1", "1.5/2")),
    *(("LEADLEDGER_FAILED_LOGINS", each) for each in ("no", "OFF", "10/600/1", "٣/60")),
    *(("LEADLEDGER_TRUSTED_PROXIES", each) for each in ("proxy.example.com", "10.0.0.1/8", "*", "10.0.0.0/33")),
    *(("LEADLEDGER_CORS_ORIGINS", each) for each in ("*", "null", "app.example.com", "https://a.example/")),
    *(("LEADLEDGER_CORS_ORIGINS", each) for each in ("https://A.example", "https://a.example:443", "http://a:80")),
    *(("LEADLEDGER_CORS_ORIGINS", each) for each in ("https://a.example?x", "https://*.example", "ftp://a.example")),
    ("LEADLEDGER_LOG_FORMAT", "xml"),
    *(("LEADLEDGER_GZIP", each) for each in ("yes", "ON", "br")),
]


@pytest.mark.parametrize(("name", "given"), WRONG)
def test_what_cannot_be_understood_is_refused_by_name(name: str, given: str) -> None:
    with pytest.raises(WrongSetting, match=f"^{name} .*“"):
        Operation.from_environment({name: given})


def test_it_is_said_at_the_start_in_one_sentence() -> None:
    said = CliRunner().invoke(main, ["serve", "--port", "1"], env={"LEADLEDGER_CORS_ORIGINS": "*"})
    assert said.exit_code == 1
    assert said.output.startswith("Error: ")
    assert "LEADLEDGER_CORS_ORIGINS names “*”: each must be an origin as browsers send it" in said.output
    assert said.output.count("\n") == 1

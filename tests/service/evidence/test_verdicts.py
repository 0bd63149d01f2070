"""A key that followed, a log that was restored and a log that was forked are told apart, by what was signed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from service.evidence.bundle import export
from service.evidence.checkpoints import Checkpoint
from service.evidence.signed_notes import Signer, sign
from service.evidence.tables import CHECKPOINTS, INCARNATIONS
from service.evidence.verifier import command as verifier
from service.evidence.verifier.bundle import SECOND_VERSION, Bundle
from service.evidence.verifier.totals import Totals
from service.ledger.ledger import Ledger
from tests.databases import SqliteDatabases
from tests.service.evidence.manifests import manifest_lines
from tests.service.evidence.test_bundle_lines import in_base64
from tests.service.evidence.test_checkpoints import fill, opened_ledger
from tests.service.evidence.test_second_verifier import needs_node, second_verdicts
from tests.service.serving import founded


class Auditor:
    """Somebody who keeps checkpoints, and checks a log in its database and as it is exported."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys
        self.bundle = folder / "bundle"

    def export(self, ledger: Ledger) -> None:
        shutil.rmtree(self.bundle, ignore_errors=True)
        export(ledger.database, ledger.notary, ledger.event_log.stream_keys, self.bundle, lambda _: None)

    def verdict(self, log: str, *keys: object, kept: str | None = None) -> tuple[int, str]:
        """What the verifier says, given these keys and a checkpoint that was kept."""
        given = [word for key in keys for word in ("--key", str(key))]
        if kept is not None:
            (self._folder / "kept").write_text(kept, "utf-8")
            given += ["--known", str(self._folder / "kept")]
        self._capsys.readouterr()
        code = verifier.main([log, *given])
        return code, self._capsys.readouterr().out


@pytest.fixture
def auditor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, capsys)


@pytest.fixture
def url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    with sqlite_databases.fresh(founded) as url:
        yield url


def signed(ledger: Ledger, events: int = 5) -> str:
    """Let something happen, and sign it."""
    fill(ledger, events)
    note = ledger.notary.checkpoint()
    assert note is not None
    return note


def size_of(note: str) -> int:
    return Checkpoint.of(note).size


# Keys


def test_a_key_that_follows_is_learned_from_what_the_one_before_has_signed(
    url: str, tmp_path: Path, auditor: Auditor
) -> None:
    ledger = opened_ledger(url, tmp_path)
    before, first = signed(ledger), ledger.notary.verifier()
    assert "next-key" not in before
    following = ledger.notary.begin_next_key()
    assert f"\nnext-key {following}\n" in (ledger.notary.checkpoint() or "")
    signed(ledger)
    ledger.notary.adopt_next_key()
    after = signed(ledger)
    assert "next-key" not in after
    auditor.export(ledger)
    for log in (url, str(auditor.bundle)):
        for kept in (before, after):
            assert auditor.verdict(log, first, kept=kept)[0] == verifier.SOUND
            assert auditor.verdict(log, f"{following}\n{first}\n", kept=kept)[0] == verifier.SOUND
    assert f"The key {following} is trusted, too" in auditor.verdict(url, first)[1]
    code, said = auditor.verdict(url, following, kept=after)
    assert code == verifier.UNTOLD
    assert f"signed by a key that is not known here: {first.name}+{first.key_hash.hex()}" in said
    assert auditor.verdict(str(auditor.bundle), following, kept=before)[0] == verifier.SOUND, "the manifest vouches"
    ledger.database.close()


def test_nobody_smuggles_a_key_in_with_the_log(url: str, tmp_path: Path, auditor: Auditor) -> None:
    ledger = opened_ledger(url, tmp_path)
    note, key = signed(ledger), ledger.notary.verifier()
    auditor.export(ledger)
    bundle = auditor.bundle
    stranger = Signer(key.name, Ed25519PrivateKey.generate())
    manifest = (bundle / "manifest").read_text("utf-8")
    (bundle / "keys.txt").write_text(f"{key}\n{stranger.verifier}\n")
    code, said = auditor.verdict(str(bundle), key, kept=note)
    assert (code, "keys.txt is not the file" in said) == (verifier.ALTERED, True)
    (bundle / "manifest").write_text(sign(manifest.partition("\n\n")[0] + "\n", [stranger]), "utf-8")
    code, said = auditor.verdict(str(bundle), key, kept=note)
    assert (code, "the manifest: a note is signed by a key that is not known" in said) == (verifier.UNTOLD, True)
    ledger.database.close()


def in_second_form(bundle: Path) -> list[str]:
    """Write the events of a bundle as the second version did, in base64; answers the lines of its manifest."""
    entries = bundle / "entries.jsonl"
    entries.write_bytes(b"".join(map(in_base64, entries.read_bytes().splitlines(keepends=True))))
    return manifest_lines(bundle, SECOND_VERSION)


def older(bundle: Path, ledger: Ledger, amount: str = "") -> None:
    """Make of a bundle what the first version exported, which told of open deals and not of what can be read."""
    (bundle / "readable-from.txt").unlink()
    lines = in_second_form(bundle)
    files = [line for line in lines if line.startswith("file ")]
    totals = Totals()
    totals.add([*chain(*Bundle(bundle).entries())])
    told = ["leadledger-bundle/v1", lines[1], *(f"{line}{amount}" for line in totals.added_up().older_lines), *files]
    (bundle / "manifest").write_text(ledger.notary.signed("".join(f"{line}\n" for line in told)), "utf-8")


@needs_node
def test_a_bundle_of_the_second_version_is_as_sound_as_ever(url: str, tmp_path: Path, auditor: Auditor) -> None:
    ledger = opened_ledger(url, tmp_path)
    signed(ledger, 400)
    key = ledger.notary.verifier()
    auditor.export(ledger)
    manifest = "".join(f"{line}\n" for line in in_second_form(auditor.bundle))
    (auditor.bundle / "manifest").write_text(ledger.notary.signed(manifest), "utf-8")
    code, said = auditor.verdict(str(auditor.bundle), key)
    assert (code, said.startswith("SOUND: ")) == (verifier.SOUND, True), said
    asked = {"kind": "bundle", "folder": str(auditor.bundle), "known": [], "keys": [str(key)]}
    assert second_verdicts([asked]) == [verifier.SOUND]
    ledger.database.close()


@needs_node
def test_an_older_bundle_is_checked_as_far_as_it_tells(url: str, tmp_path: Path, auditor: Auditor) -> None:
    ledger = opened_ledger(url, tmp_path)
    signed(ledger, 400)
    key = ledger.notary.verifier()
    auditor.export(ledger)
    older(auditor.bundle, ledger)
    code, said = auditor.verdict(str(auditor.bundle), key)
    assert code == verifier.UNTOLD, said
    assert said.startswith(
        "CANNOT TELL: the bundle is of the first version, which does not say what in it can be read.\n"
    )
    assert "totals that it tells." in said
    asked = {"kind": "bundle", "folder": str(auditor.bundle), "known": [], "keys": [str(key)]}
    assert second_verdicts([asked]) == [verifier.UNTOLD]
    auditor.export(ledger)
    older(auditor.bundle, ledger, amount="0")
    assert auditor.verdict(str(auditor.bundle), key)[0] == verifier.ALTERED
    manifest = (auditor.bundle / "manifest").read_text("utf-8").partition("\n\n")[0].replace("/v1", "/v9") + "\n"
    (auditor.bundle / "manifest").write_text(ledger.notary.signed(manifest), "utf-8")
    (auditor.bundle / "readable-from.txt").write_text("")
    code, said = auditor.verdict(str(auditor.bundle), key)
    assert (code, "of a version that is not known here: leadledger-bundle/v9" in said) == (verifier.UNTOLD, True), said
    ledger.database.close()


# Restores and forks


def test_a_restore_that_the_log_tells_of_is_no_alteration(url: str, tmp_path: Path, auditor: Auditor) -> None:
    path, ledger = Path(url.removeprefix("sqlite:///")), opened_ledger(url, tmp_path)
    early, key = signed(ledger), ledger.notary.verifier()
    ledger.database.close()
    shutil.copyfile(path, tmp_path / "backup")
    ledger = opened_ledger(url, tmp_path)
    lost, last = signed(ledger), signed(ledger)
    ledger.database.close()
    shutil.copyfile(tmp_path / "backup", path)
    ledger = opened_ledger(url, tmp_path)
    assert ledger.notary.begin_incarnation() == 2
    for _ in range(2):
        note = signed(ledger, 20)
        assert Checkpoint.of(note).lines["follows"].split(" ")[:2] == [Checkpoint.of(last).origin, str(size_of(last))]
    auditor.export(ledger)
    restored = f"of {size_of(last)} events that were signed, those behind {size_of(early)} were lost"
    for log in (url, str(auditor.bundle)):
        for kept in (None, early, note):
            code, said = auditor.verdict(log, key, kept=kept)
            assert (code, restored in said) == (verifier.SOUND, True), said
        for kept in (lost, last):
            code, said = auditor.verdict(log, key, kept=kept)
            assert (code, "a restore lost some" in said) == (verifier.UNTOLD, True), said
    with ledger.database.writing() as connection:
        connection.execute(update(INCARNATIONS).where(INCARNATIONS.c.number == 2).values(last_note=early))
    code, said = auditor.verdict(url, key)
    assert code == verifier.ALTERED
    assert "incarnation 2 of the log is said to follow another checkpoint" in said
    assert Checkpoint.of(signed(ledger)).lines["follows"] == Checkpoint.of(note).lines["follows"], (
        "not what is said now"
    )
    ledger.database.close()


def test_an_incarnation_that_went_on_elsewhere_is_a_fork_however_many_follow_it(
    url: str, tmp_path: Path, auditor: Auditor
) -> None:
    path, ledger = Path(url.removeprefix("sqlite:///")), opened_ledger(url, tmp_path)
    signed(ledger)
    last, key = signed(ledger), ledger.notary.verifier()
    ledger.database.close()
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        folder.mkdir()
        for name in ("key", "key.last"):
            shutil.copyfile(tmp_path / name, folder / name)
        shutil.copyfile(path, folder / "log.db")
        shutil.copyfile(f"{path}.data-keys", folder / "log.db.data-keys")
    ledger = opened_ledger(f"sqlite:///{elsewhere}/log.db", elsewhere)
    hidden = signed(ledger)
    ledger.database.close()
    ledger = opened_ledger(f"sqlite:///{here}/log.db", here)
    while size_of(signed(ledger)) <= size_of(hidden):
        pass
    assert auditor.verdict(f"sqlite:///{here}/log.db", key, kept=hidden)[0] == verifier.ALTERED
    ledger.notary.begin_incarnation()
    signed(ledger)
    assert auditor.verdict(f"sqlite:///{here}/log.db", key, kept=hidden)[0] == verifier.ALTERED
    assert auditor.verdict(f"sqlite:///{here}/log.db", key, kept=last)[0] == verifier.SOUND
    ledger.database.close()


def test_what_the_log_itself_has_of_an_incarnation_that_ended_must_fit(
    url: str, tmp_path: Path, auditor: Auditor
) -> None:
    ledger = opened_ledger(url, tmp_path)
    first, key = signed(ledger), ledger.notary.verifier()
    signer = Signer(key.name, ledger.notary._signers(key.name.rpartition("/")[2])[0].private)
    ledger.database.close()
    told = Checkpoint.of(first)
    begun = Checkpoint(f"{key.name}/2", told.size, told.root, {"follows": f"{told.origin} 999 {'A' * 43}="})
    other = sign(str(Checkpoint(told.origin, told.size, bytes(32))), [signer])
    ledger = opened_ledger(url, tmp_path)
    with ledger.database.writing() as connection:
        row = {"incarnation": 2, "size": told.size, "signed_at": "2026-01-01T00:00:00.000000Z"}
        connection.execute(CHECKPOINTS.insert().values(number=2, note=sign(str(begun), [signer]), **row))
        last = sign(f"{told.origin}\n999\n{'A' * 43}=\n", [signer])
        begins = INCARNATIONS.insert().values(number=2, began_at=row["signed_at"], last_note=last)
        connection.execute(begins.values(instance=key.name.rpartition("/")[2]))
    assert auditor.verdict(url, key, kept=first)[0] == verifier.SOUND
    assert auditor.verdict(url, key, kept=other)[0] == verifier.ALTERED
    ledger.database.close()

"""Keys of a server: what is kept of them, whose they are, and what is on whose desk."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent.serving.accounts import ENV, LOCAL, AccountError, Accounts, User
from agent.serving.desks import Desks
from agent.serving.jobs import Jobs
from agent.serving.limits import Limits
from agent.settings import Settings, SettingsError

ROOT = Path(__file__).parent.parent


def test_a_key_tells_its_user_and_is_not_kept(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    assert not accounts.any
    key = accounts.add("anna")
    other = accounts.add("ben-2")
    assert accounts.any and accounts.names() == ["anna", "ben-2"]
    assert key.startswith("mk-") and key != other
    assert accounts.user_of(key) == User("anna", "anna")
    assert accounts.user_of(other) == User("ben-2", "ben-2")
    kept = (tmp_path / "keys.json").read_text()
    assert key not in kept and key.removeprefix("mk-") not in kept


@pytest.mark.parametrize("wrong", ["", "mk-", "anna", "mk-anna", "ключ", "\udcff"])
def test_what_is_no_key_is_nobodys(tmp_path: Path, wrong: str) -> None:
    accounts = Accounts(tmp_path)
    key = accounts.add("anna")
    assert accounts.user_of(wrong) is None
    assert accounts.user_of(key + " ") is None
    assert accounts.user_of(key[:-1]) is None


def test_a_hash_from_the_file_is_no_key(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.add("anna")
    kept = json.loads((tmp_path / "keys.json").read_text())
    assert accounts.user_of(kept["anna"]) is None


def test_the_file_of_keys_is_the_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Accounts(tmp_path).add("anna")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_a_server_that_runs_sees_keys_come_and_go(tmp_path: Path) -> None:
    running, command = Accounts(tmp_path), Accounts(tmp_path)
    key = command.add("anna")
    assert running.user_of(key) == User("anna", "anna")
    command.remove("anna")
    assert running.user_of(key) is None and not running.any


def test_the_key_of_the_settings_counts(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, env_key="sesame")
    assert accounts.any and accounts.user_of("sesame") == ENV
    assert accounts.user_of("Sesame") is None and accounts.names() == []


@pytest.mark.parametrize(
    "name", ["", "Anna", "a b", "../x", "a/b", "local", "env", "a" * 33, "-a", "ä", "a\n"]
)
def test_names_are_safe_as_folders(tmp_path: Path, name: str) -> None:
    with pytest.raises(AccountError, match="can't be the name of a user"):
        Accounts(tmp_path).add(name)


def test_a_name_has_one_key(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.add("anna")
    with pytest.raises(AccountError, match="keys remove anna"):
        accounts.add("anna")
    with pytest.raises(AccountError, match="'ben' has no key; anna has"):
        accounts.remove("ben")


def test_damaged_keys_let_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"anna": 1}')
    with pytest.raises(AccountError, match="damaged"):
        Accounts(tmp_path).user_of("mk-x")


def keys(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "keys", *words, "--data-dir", str(tmp_path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_keys_are_made_and_taken_away_from_the_command_line(tmp_path: Path) -> None:
    made = keys(tmp_path, "add", "anna")
    assert made.returncode == 0
    key = made.stdout.split()[0]
    assert Accounts(tmp_path).user_of(key) == User("anna", "anna")
    again = keys(tmp_path, "add", "anna")
    assert again.returncode == 2 and "has a key already" in again.stderr
    assert keys(tmp_path, "list").stdout.split() == ["anna"]
    assert keys(tmp_path, "remove", "anna").returncode == 0
    assert Accounts(tmp_path).user_of(key) is None


# ---- desks --------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path, cache_dir: Path) -> Settings:
    return Settings(tmp_path / "data", cache_dir, model="rules", offline=True, chroma="")


def test_whoever_sits_here_has_the_data_folder_and_others_their_own(settings: Settings) -> None:
    jobs = Jobs(settings.data_dir / "jobs.sqlite")
    desks = Desks(settings, Limits(), jobs)
    local, anna = desks.of(LOCAL), desks.of(User("anna", "anna"))
    ben = desks.of(User("ben", "ben"))
    assert local.folder == settings.data_dir
    assert anna.folder == settings.data_dir / "users" / "anna"
    assert anna.memory.folder == anna.folder and ben.memory.folder == ben.folder
    assert anna.bench.settings.export_dir == anna.folder / "exports"
    assert anna.bench.store is ben.bench.store is local.bench.store
    assert anna.bench.words is local.bench.words and anna.bench.sound is local.bench.sound
    assert desks.of(User("anna", "anna")) is anna
    desks.close()
    jobs.close()


def test_desks_where_nobody_sits_are_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.serving.desks.IDLE_SECONDS", 0.0)
    jobs = Jobs(settings.data_dir / "jobs.sqlite")
    desks = Desks(settings, Limits(desks=2), jobs)
    users = [User(name, name) for name in ("anna", "ben", "cleo", "dan")]
    first = desks.of(users[0])
    with first.held():
        second = desks.of(users[1])
        for user in users[2:]:
            desks.of(user)
        assert desks.of(users[0]) is first
        assert desks.of(users[1]) is not second
    desks.close()
    jobs.close()


@pytest.mark.parametrize(
    ("name", "value"), [("queue", "many"), ("server_level", "loud"), ("upload_mb", "1 GB")]
)
def test_settings_of_a_server_are_checked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MUSICOLOGUE_{name.upper()}", value)
    with pytest.raises(SettingsError, match=name):
        Settings.load()


def test_the_settings_set_the_limits_and_hide_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICOLOGUE_UPLOAD_MB", "5")
    monkeypatch.setenv("MUSICOLOGUE_MAX_MINUTES", "10")
    monkeypatch.setenv("MUSICOLOGUE_QUEUE", "4")
    monkeypatch.setenv("MUSICOLOGUE_API_KEY", "sesame")
    settings = Settings.load()
    limits = Limits.of(settings)
    assert (limits.upload_bytes, limits.seconds, limits.queue) == (5_000_000, 600.0, 4)
    assert settings.api_key == "sesame" and "sesame" not in repr(settings)

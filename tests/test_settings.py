import os
import threading
import time
from pathlib import Path

import platformdirs
import pytest

from agent.settings import Settings, SettingsError, prepare_process
from tools import cores


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("DATA_DIR", "CACHE_DIR", "MODEL", "OFFLINE", "LICENCE", "THREADS", "BASE_URL"):
        monkeypatch.delenv(f"MUSICOLOGUE_{name}", raising=False)
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda app: str(tmp_path))
    return tmp_path


def test_a_flag_beats_the_environment_and_that_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('model = "from-file"\nlicence = "permissive"\n')
    assert Settings.load().model == "from-file"
    monkeypatch.setenv("MUSICOLOGUE_MODEL", "from-environment")
    assert Settings.load().model == "from-environment"
    settings = Settings.load(model="from-flag")
    assert (settings.model, settings.licence) == ("from-flag", "permissive")


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("yes", True), ("false", False), ("0", False)]
)
def test_offline_is_read_as_yes_or_no(
    monkeypatch: pytest.MonkeyPatch, text: str, value: bool
) -> None:
    monkeypatch.setenv("MUSICOLOGUE_OFFLINE", text)
    assert Settings.load().offline is value


@pytest.mark.parametrize(
    ("name", "value"), [("LICENCE", "gratis"), ("OFFLINE", "perhaps"), ("THREADS", "two")]
)
def test_a_senseless_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MUSICOLOGUE_{name}", value)
    with pytest.raises(SettingsError, match=value):
        Settings.load()


def test_a_broken_config_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("model = ")
    with pytest.raises(SettingsError, match=r"config\.toml"):
        Settings.load()


def test_folders_are_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load(data_dir="~/music").data_dir == Path.home() / "music"
    assert Settings.load(data_dir="here").data_dir == Path.cwd() / "here"


@pytest.mark.parametrize(("allowed", "side_by_side"), [(1, 1), (3, 3), (8, 4)])
def test_threads_bound_how_many_networks_run_side_by_side(
    allowed: int, side_by_side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    prepare_process(Settings.load(threads=allowed))
    gate, running, most = threading.Lock(), 0, 0

    def network(_: int) -> None:
        nonlocal running, most
        with gate:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with gate:
            running -= 1

    with cores.pool(4) as pool:
        list(pool.map(network, range(8)))
    cores.allow(2)
    assert most == side_by_side

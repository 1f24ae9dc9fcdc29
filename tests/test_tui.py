"""The terminal chat as a program."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("program", [["tui.py"], ["-m", "agent", "tui"]], ids=["tui.py", "command"])
def test_without_a_terminal_it_says_what_to_do(program: list[str], tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, *program, "--data-dir", str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert "needs a terminal" in run.stderr and "Traceback" not in run.stderr


def test_nothing_heavy_is_imported_before_the_first_picture() -> None:
    code = (
        "import sys, agent.screen.app, agent.screen.desk, agent.workbench;"
        "print([m for m in ('torch', 'langchain', 'langgraph', 'chromadb', 'scipy.signal', "
        "'librosa.beat') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"

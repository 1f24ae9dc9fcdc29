import os
import subprocess
import sys
import textwrap
from pathlib import Path


def test_the_same_facts_are_told_alike_in_every_process(tmp_path: Path) -> None:
    """A library is heard by many processes, and sets have another order in each."""
    code = """
        from pathlib import Path
        from test_captioning import caption, made_up, told
        rows = (made_up(seed) for seed in range(40))
        for known, duration in rows:
            if told(known):
                print(caption(known, duration, Path({folder!r})))
    """
    code = textwrap.dedent(code).format(folder=str(tmp_path))
    tests = Path(__file__).parent
    path = os.pathsep.join([str(tests.parent), str(tests)])
    outs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outs) == 1

"""The wheel carries what the program reads beside its code, and runs from any folder once it is installed."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("prompts", "resources", "models")
PROBE = """
import pathlib, sys
import repondeur
from repondeur import paths
prefix = pathlib.Path(sys.prefix).resolve()
assert prefix in pathlib.Path(repondeur.__file__).resolve().parents, repondeur.__file__
for name in ("prompts", "resources", "models"):
    folder = paths.shipped(name)
    assert prefix in folder.parents and any(folder.iterdir()), folder
print(sum(1 for _ in paths.shipped("prompts").glob("*.toml")))
"""


def run(command: list[str | Path], cwd: Path) -> str:
    """Run ``command`` in ``cwd`` without this checkout on any path; return what it printed."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    answer = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as it would be published."""
    out = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT], out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone in a fresh environment that borrows this one's libraries; return its programs' folder.

    The borrowed folder is appended without reading its own ``.pth`` files, which would bring this checkout back.
    """
    place = tmp_path_factory.mktemp("elsewhere") / "un dossier à part"
    run([sys.executable, "-m", "venv", "--without-pip", place], ROOT)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--no-index", wheel], place)
    own = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], place).strip())
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return programs


def test_it_holds_what_the_program_reads(wheel: Path) -> None:
    """Every tracked file of the shipped folders is inside, the licence and the console script too; no test is."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in SHIPPED:
        wanted = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert wanted, f"{folder} is empty"
        missing = [path for path in wanted if f"repondeur/_data/{path.as_posix()}" not in names]
        assert not [path for path in missing if "__pycache__" not in path.parts]
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("entry_points.txt") for name in names)
    assert not [name for name in names if name.startswith(("tests", "training", "benchmarks", "tools"))]


def test_it_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    """The console script answers, and the program finds its own prompts, resources and models, not the checkout's."""
    program = installed / ("repondeur.exe" if os.name == "nt" else "repondeur")
    assert run([program, "--version"], tmp_path).strip() == "Répondeur 0.1.0"
    python = installed / ("python.exe" if os.name == "nt" else "python")
    prompts = int(run([python, "-c", PROBE], tmp_path))
    assert prompts == len(list((ROOT / "prompts").glob("*.toml")))

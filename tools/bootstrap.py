"""Sets a machine up: system packages, a virtual environment in ``.venv``, pinned Python packages, the program itself.

``python -m tools.bootstrap run`` prepares what the program needs to start, ``dev`` what its tests and checks need,
``training`` what making the starter model needs. What is already done is not done again: each profile leaves a stamp
that names the files it was made from, so a second call costs a fraction of a second.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

from tools import system
from tools.steps import SetupFailed, run_step

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOG = ROOT / "build" / "setup.log"
PINS = ROOT / "requirements"
# From the smallest to the largest: what is ready for one is ready for those before it.
PROFILES = {"run": ("run.txt",), "dev": ("dev.txt",), "training": ("dev.txt", "training.txt")}
UNHASHED = "training.txt"
# The program shows no pictures to a model and has no network code: neither part of llama.cpp is built.
CMAKE_ARGS = "-DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF"


def main(arguments: list[str]) -> int:
    """Set up the profile named on the command line; return the exit status."""
    profile = arguments[0] if arguments else "run"
    if profile not in PROFILES:
        print(f"Which set-up? One of: {', '.join(PROFILES)}", file=sys.stderr)
        return 2
    try:
        set_up(profile)
    except SetupFailed as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def set_up(profile: str) -> None:
    """Bring everything that ``profile`` needs onto this machine.

    Raises:
        SetupFailed: something is missing that cannot be installed from here.
    """
    system.ensure(profile, engine_built=engine_built(), log=LOG)
    if not venv_is_sound():
        make_venv()
    if not is_ready(profile):
        install(profile)
        stamp(profile).write_text(fingerprint(profile), "utf-8")
        print("Everything is in place.", flush=True)


def is_ready(profile: str) -> bool:
    """Whether what ``profile`` needs, or a larger profile, was installed from the files as they are now."""
    larger = list(PROFILES)[list(PROFILES).index(profile) :]
    return any(stamp(name).is_file() and stamp(name).read_text("utf-8") == fingerprint(name) for name in larger)


def stamp(profile: str) -> Path:
    """Return the file that remembers what ``profile`` was installed from."""
    return VENV / f".ready-{profile}"


def python() -> Path:
    """Return the virtual environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def engine_built() -> bool:
    """Whether llama.cpp is already compiled in the virtual environment."""
    packages = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
    return any(VENV.glob(f"{packages}/llama_cpp/lib/*llama*"))


def venv_is_sound() -> bool:
    """Whether ``.venv`` holds an interpreter that starts, is of a supported version and belongs to this folder."""
    if not python().exists():
        return False
    check = "import sys; print(sys.prefix); sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))"
    try:
        answer = subprocess.run(  # noqa: S603
            [python(), "-I", "-c", check], capture_output=True, encoding="utf-8", check=False
        )
    except OSError:
        return False
    return answer.returncode == 0 and Path(answer.stdout.strip()).resolve() == VENV.resolve()


def make_venv() -> None:
    """Make ``.venv`` afresh."""
    print("Making the virtual environment .venv…", flush=True)
    venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(VENV)


def fingerprint(profile: str) -> str:
    """Return what the installed packages depend on, as one line."""
    files = [PINS / "build.txt", *(PINS / name for name in PROFILES[profile]), ROOT / "pyproject.toml"]
    digest = hashlib.sha256(str(VENV).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(profile: str) -> None:
    """Install the pinned packages of ``profile``, then the program from this folder.

    The build tools come first, with their hashes: what is compiled here is compiled by tools that are pinned too.
    """
    pip("Installing the build tools", "--require-hashes", "-r", str(PINS / "build.txt"))
    for name in PROFILES[profile]:
        hashes = () if name == UNHASHED else ("--require-hashes",)
        pip(f"Installing Python packages ({name}){compile_notice()}", *hashes, "-r", str(PINS / name))
    pip("Installing the program itself", "--no-deps", "--editable", str(ROOT))


def compile_notice() -> str:
    """Return what to add to a title while llama.cpp has yet to be compiled."""
    return "" if engine_built() else "; llama.cpp is compiled for this machine, about five minutes on two cores"


def pip(title: str, *arguments: str) -> None:
    """Run ``pip install`` in the virtual environment.

    Raises:
        SetupFailed: pip failed.
    """
    command = [str(python()), "-m", "pip", "install", "-v", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--no-build-isolation", *arguments]
    bin_folder = str(python().parent)
    env = {
        "CMAKE_ARGS": os.environ.get("CMAKE_ARGS", CMAKE_ARGS),
        # The build finds the cmake and ninja of the virtual environment, and pip never installs anywhere else.
        "PATH": bin_folder + os.pathsep + os.environ.get("PATH", ""),
        "PIP_USER": "0",
        "PYTHONUNBUFFERED": "1",
    }
    run_step(title, command, LOG, env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

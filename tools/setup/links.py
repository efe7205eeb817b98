"""The links in `.venv/bin` through which a person reaches the engine."""

from pathlib import Path

from tools.setup.engine import Engine


def link(engine: Engine, checkout: Path) -> None:
    """Link the engine's programs into `.venv/bin`; `pulumi` itself by way of tools/pulumi (it says why)."""
    venv = checkout / ".venv"
    (venv / "libexec").mkdir(exist_ok=True)
    for name, program in engine.programs.items():
        _point(venv / ("libexec" if name == "pulumi" else "bin") / name, program)
    _point(venv / "bin" / "pulumi", checkout / "tools" / "pulumi")


def _point(link: Path, target: Path) -> None:
    """Make `link` a symbolic link to `target`, in one step, so that no other process finds it missing."""
    if link.is_symlink() and link.readlink() == target:
        return
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)

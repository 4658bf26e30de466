"""Reads the syntax tree of a module and says which of the house's rules it breaks.

``test_architecture.py`` holds the tables (who may do what) and shows on bad examples that each check can fail. A syntax
tree is no proof against somebody who means harm; it keeps anybody from breaking a rule by mistake or for convenience.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

MODULE_LINES = 320
FUNCTION_LINES = 55
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")


@dataclass(frozen=True, slots=True)
class House:
    """The rules, as tables from a pattern of module names to what such a module may do; the first match counts.

    ``imports``: modules that are not of the standard library. ``pure``: for rooms that do no input or output, the whole
    of the standard library that they may use. ``restricted``: modules of the standard library, names (of any attribute,
    variable or import, also as a string) and calls (``name`` of a function, ``.name`` of a method) that only the
    modules given may use, nobody where the tuple is empty; ``open_calls`` are exempt, as written. ``writers``: who may
    open a file to write. ``computed_names``: who may look something up by a name that is not written out.
    """

    imports: Mapping[str, tuple[str, ...]]
    pure: Mapping[str, tuple[str, ...]]
    restricted_modules: Mapping[str, tuple[str, ...]]
    restricted_names: Mapping[str, tuple[str, ...]]
    restricted_calls: Mapping[str, tuple[str, ...]]
    open_calls: tuple[str, ...]
    writers: tuple[str, ...]
    computed_names: tuple[str, ...]


def broken_rules(house: House, module: str, source: str) -> list[str]:
    """Return what ``module`` (a dotted name) with the text ``source`` breaks, one line each."""
    tree = ast.parse(source)
    checks: tuple[Callable[[House, str, ast.Module], Iterable[str]], ...] = (
        _imports,
        _names,
        _calls,
        _sizes,
    )
    found = [f"{module}: {problem}" for check in checks for problem in check(house, module, tree)]
    lines = source.count("\n")
    if lines > MODULE_LINES:
        found.append(f"{module}: {lines} lines, more than {MODULE_LINES}")
    found += [f"{module}: unfinished: {match.group(0)}" for match in UNFINISHED.finditer(source)]
    return found


def _matches(module: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(module, pattern) for pattern in patterns)


def _under(name: str, roots: Iterable[str]) -> bool:
    """Whether ``name`` is one of ``roots`` or stands inside one."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def _first(table: Mapping[str, tuple[str, ...]], module: str) -> tuple[str, ...] | None:
    return next((allowed for pattern, allowed in table.items() if fnmatchcase(module, pattern)), None)


# Imports --------------------------------------------------------------------------------------------------------------


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of everything imported, by a statement or by a call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node).lstrip(".") in {"import_module", "find_spec", "__import__"}:
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def _imports(house: House, module: str, tree: ast.Module) -> Iterator[str]:
    allowed = _first(house.imports, module)
    if allowed is None:
        yield "this room stands in no row of the import table"
        return
    for line, name in _imported(tree):
        if name.startswith("."):
            yield f"{line}: relative import of {name}"
        elif name.endswith(".*"):
            yield f"{line}: star import {name}"
        elif name.split(".")[0] in sys.stdlib_module_names:
            yield from _standard(house, module, line, name)
        elif not _under(name, allowed):
            yield f"{line}: may not import {name}"


def _standard(house: House, module: str, line: int, name: str) -> Iterator[str]:
    pure = _first(house.pure, module)
    if pure is not None and not _under(name, pure):
        yield f"{line}: a pure room may not import {name}"
    for root, who in house.restricted_modules.items():
        if _under(name, (root,)) and not _matches(module, who):
            yield f"{line}: may not import {name}"


# Names and calls ------------------------------------------------------------------------------------------------------


def _spoken(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every name a module speaks: variables, attributes, imported names, and strings that are one."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            yield node.lineno, f"self.{node.attr}" if own else node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, part) for alias in node.names for part in alias.name.split("."))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def _names(house: House, module: str, tree: ast.Module) -> Iterator[str]:
    for line, name in _spoken(tree):
        who = house.restricted_names.get(name)
        if who is not None and not _matches(module, who):
            yield f"{line}: may not name {name}"


def _called(node: ast.Call) -> str:
    """Return what is called: ``name`` for a function, ``.name`` for an attribute of anything."""
    if isinstance(node.func, ast.Attribute):
        return "." + node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _calls(house: House, module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        who = house.restricted_calls.get(name)
        if who is not None and not _matches(module, who) and ast.unparse(node.func) not in house.open_calls:
            yield f"{node.lineno}: may not call {name}()"
        if _opens_to_write(name, node) and not _matches(module, house.writers):
            yield f"{node.lineno}: may not write a file"
        name = name.lstrip(".")
        if _computes_a_name(name, node) and not _matches(module, house.computed_names):
            yield f"{node.lineno}: {name}() with a computed name"
        if name in {"setWindowTitle", "setWindowFilePath"} and not _is_fixed_text(node.args[0]):
            yield f"{node.lineno}: {name}() with a text that is not fixed"


def _opens_to_write(name: str, node: ast.Call) -> bool:
    """Whether a call opens a file in a mode that writes."""
    if name not in {"open", ".open", ".fdopen"}:
        return False
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    modes = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return any(re.fullmatch(r"[rwaxbt+]{1,3}", mode) and set(mode) & set("wax+") for mode in modes)


def _computes_a_name(name: str, node: ast.Call) -> bool:
    """Whether a call reaches for something by a name that cannot be read here (``getattr(app, "clip" + "board")``)."""
    position = {"getattr": 1, "setattr": 1, "attrgetter": 0, "methodcaller": 0, "import_module": 0, "__import__": 0}
    if name not in position or len(node.args) <= position[name]:
        return False
    return not isinstance(node.args[position[name]], ast.Constant)


def _is_fixed_text(node: ast.expr) -> bool:
    """Whether an argument is a literal, the translation of one, or a choice between two such."""
    if isinstance(node, ast.IfExp):
        return _is_fixed_text(node.body) and _is_fixed_text(node.orelse)
    if isinstance(node, ast.Call) and _called(node) == ".tr" and node.args:
        node = node.args[0]
    return isinstance(node, ast.Constant)


# Sizes ----------------------------------------------------------------------------------------------------------------


def _sizes(_house: House, _module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.lineno}: {node.name}() has {lines} lines, more than {FUNCTION_LINES}"

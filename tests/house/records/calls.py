"""Who calls whom in the house, read from its sources: enough to say whether a deed leads to an entry."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

# What writes an entry, by the name it is called by.
SINKS = frozenset({"record", "record_view", "append", "append_many", "state_key_deed"})
# `append` is a list's too: it counts only where the ledger stands before it.
_LEDGERS = re.compile(r"(gate|sequencer|self)\.append(_many)?$")
_UNWRITTEN = re.compile(r"(words|catalogue|holding)\.py$|^portal/demo/")


@dataclass(frozen=True)
class Sources:
    """Modules by name."""

    modules: Mapping[str, str]

    @classmethod
    def of(cls, root: Path, *floors: str) -> "Sources":
        """Read all modules of these floors."""
        paths = [path for floor in floors for path in (root / floor).rglob("*.py")]
        return cls(
            {".".join(path.relative_to(root).with_suffix("").parts): path.read_text() for path in paths}
        )

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """The modules, parsed."""
        return {name: ast.parse(text) for name, text in self.modules.items()}

    @cached_property
    def _naming(self) -> list[tuple[str, ast.AST]]:
        """The nodes that might name a kind, with their modules: walking everything once is enough."""
        return [
            (name, node)
            for name, tree in self.trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr | ast.Call)
            or (isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(":") == 2)
        ]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give (module, text) of each text in the code that has the shape of a kind."""
        for name, node in self._naming:
            if isinstance(node, ast.Constant):
                yield name, str(node.value)

    def kinds(self, known: Mapping[str, object]) -> set[str]:
        """Return the kinds that are named where something is done: as texts, constants, or patterns of a text."""
        found: set[str] = set()
        for name, node in self._naming:
            if not _UNWRITTEN.search(name.replace(".", "/") + ".py"):
                found |= _named(node, known)
        return found | self._by_constant(known)

    def _by_constant(self, known: Mapping[str, object]) -> set[str]:
        """Return the kinds whose constant of the catalogue is used elsewhere."""
        held = {
            node.target.id: node.value.value
            for node in ast.walk(self.trees.get("audit.catalogue", ast.Module([], [])))
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        used = {
            node.id
            for name, tree in self.trees.items()
            if name != "audit.catalogue"
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        return {str(kind) for name, kind in held.items() if name in used and kind in known}


def _named(node: ast.AST, known: Mapping[str, object]) -> set[str]:
    if isinstance(node, ast.Constant) and node.value in known:
        return {str(node.value)}
    if isinstance(node, ast.JoinedStr):
        text = "".join(
            re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z-]+" for part in node.values
        )
        if text.count(":") == 2:
            return {kind for kind in known if re.fullmatch(text, kind)}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "kind_of_field":
        deeds = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        return {kind for kind in known if re.fullmatch(f"passengers:[a-z-]+:({'|'.join(deeds)})", kind)}
    return set()


@dataclass
class Program:
    """Functions by (module, name), and what each calls."""

    sources: Sources
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    @cached_property
    def functions(self) -> dict[tuple[str, str], ast.AST]:
        """Every function and method, a method by its own name."""
        found: dict[tuple[str, str], ast.AST] = {}
        for name, tree in self.sources.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[(name, node.name)] = node
        return found

    @cached_property
    def imports(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Of each module what a name stands for: (module, name), or (module, "")."""
        return {name: dict(_imported(tree)) for name, tree in self.sources.trees.items()}

    def records(self, module: str, name: str) -> bool:
        """Say whether this function, or one that it calls, writes an entry."""
        key = (module, name)
        if key in self._known:
            return self._known[key]
        self._known[key] = False  # a circle writes nothing by itself
        node = self.functions.get(key)
        self._known[key] = node is not None and any(self._writes(module, call) for call in ast.walk(node))
        return self._known[key]

    def _writes(self, module: str, node: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            said = ast.unparse(node.func)
            last = said.rpartition(".")[2]
            if "append" in last and _LEDGERS.search(said):
                return True
            if last in SINKS and "append" not in last:
                return True
            if isinstance(node.func, ast.Attribute) and "keeper" in said.rpartition(".")[0]:
                return self.keeper_records(last)
        # A function that is handed on (a dictionary of deeds, a partial) is as good as called.
        if isinstance(node, ast.Name | ast.Attribute):
            return self._leads(module, ast.unparse(node))
        return False

    def _leads(self, module: str, said: str) -> bool:
        head, _, rest = said.partition(".")
        where, name = self.imports.get(module, {}).get(head, (module, head))
        target = (f"{where}.{name}" if rest and name else where, rest or name)
        for key in (target, (where, rest)):
            if key in self.functions and self.records(*key):
                return True
        if not rest and name:  # a table of functions: what stands in it
            return any(self.records(*one) for one in self._tabled(where, name))
        return False

    def _tabled(self, module: str, name: str) -> list[tuple[str, str]]:
        tree = self.sources.trees.get(module)
        for node in tree.body if tree else []:
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            if any(isinstance(one, ast.Name) and one.id == name for one in targets) and node.value:
                names = [one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)]
                known = self.imports.get(module, {})
                places = [known.get(one, (module, one)) for one in names]
                return [place for place in places if place in self.functions]
        return []

    def keeper_calls(self) -> dict[str, str]:
        """Return by the name of a call the message that it sends."""
        found = {"status": "AskStatus"}
        for (module, name), node in self.functions.items():
            if not re.fullmatch(r"security\.keeper\.\w+_calls", module):
                continue
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "self._ask":
                    asked = ast.unparse(call.args[0]).partition("(")[0]
                    found[name] = _made(node).get(asked, asked)
        return found

    def keeper_records(self, name: str) -> bool:
        """Say whether the keeper writes an entry for this call."""
        message = self.keeper_calls_once.get(name)
        return message is not None and any(
            self._writes(module, call)
            for module, body in self._answers.get(message, ())
            for node in body
            for call in ast.walk(node)
        )

    @cached_property
    def keeper_calls_once(self) -> dict[str, str]:
        """The same, read once."""
        return self.keeper_calls()

    @cached_property
    def _answers(self) -> dict[str, list[tuple[str, list[ast.stmt]]]]:
        """Return by message what is done for it: functions that take it by name, and branches that match it."""
        found: dict[str, list[tuple[str, list[ast.stmt]]]] = {}
        for (module, _), node in self.functions.items():
            if not module.startswith("security.keeper") or module.endswith(("_calls", "client", "operator")):
                continue
            for message in _taken(node):
                found.setdefault(message, []).append((module, node.body))  # type: ignore[attr-defined]
            for branch in ast.walk(node):
                if isinstance(branch, ast.match_case):
                    for pattern in ast.walk(branch.pattern):
                        if isinstance(pattern, ast.MatchClass):
                            found.setdefault(ast.unparse(pattern.cls), []).append((module, branch.body))
        return found


def _made(node: ast.AST) -> dict[str, str]:
    """Return by variable of a function the class of what is put into it, and by parameter its own."""
    given: list[ast.arg] = node.args.args  # type: ignore[attr-defined]
    return {arg.arg: ast.unparse(arg.annotation) for arg in given if arg.annotation} | {
        ast.unparse(one.targets[0]): ast.unparse(one.value.func)
        for one in ast.walk(node)
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)
    }


def _taken(node: ast.AST) -> set[str]:
    """Return the names in the annotations of a function's parameters."""
    given: list[ast.arg] = node.args.args  # type: ignore[attr-defined]
    return {
        name for arg in given if arg.annotation for name in re.findall(r"\w+", ast.unparse(arg.annotation))
    }


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, (node.module, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, (alias.name, "")

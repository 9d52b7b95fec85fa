"""What a verifier found: a code and fields for each thing that is not as it must be."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is broken; `fields` say where (`leaf`, `path`, `size`, …)."""

    code: str
    fields: Mapping[str, str | int]


@dataclass(slots=True)
class Findings:
    """The first finding of each code, in the order found, and how many more there were of it."""

    first: dict[str, Finding] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, **fields: str | int) -> None:
        """Note a finding."""
        if code in self.first:
            self.more[code] += 1
        else:
            self.first[code] = Finding(code, fields)
            self.more[code] = 0

    def add_all(self, later: "Findings") -> None:
        """Note what was found further on."""
        for code, finding in later.first.items():
            self.add(code, **finding.fields)
            self.more[code] += later.more[code]

    def __bool__(self) -> bool:
        return bool(self.first)

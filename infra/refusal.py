"""What `infra` refuses, as codes and fields; `infra/sentences.py` says it to a person."""


class Refused(Exception):  # noqa: N818 - named for what was refused, as everywhere in this house
    """Something was not started or not done. `code` is `infra:reason`, `fields` fill its sentence."""

    def __init__(self, code: str, **fields: str) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

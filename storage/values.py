"""What travels through the program: values, which nobody changes once they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Class = TypeVar("Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(of: type[Class]) -> type[Class]:
    """A dataclass for what is made anew with each mail: frozen, as mypy sees to.

    The library's own frozen ones set each field by a call, which made a twentieth of what a mail costs.
    """
    return dataclass(slots=True, unsafe_hash=True)(of)

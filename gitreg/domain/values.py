"""Small values that are one word of text everywhere: in YAML, in JSON, on the command line."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Word:
    """A value with exactly one way to write it: `str(parse(text)) == text`."""

    pattern: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self:
        """The value that `text` writes.

        Raises:
            ValueError: with what is wrong, when there is none.
        """

    @classmethod
    def _from_input(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise ValueError("text expected")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type[Any], _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._from_input,
            json_schema_input_schema=core_schema.str_schema(pattern=cls.pattern or None),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(core_schema.str_schema(pattern=cls.pattern or None))

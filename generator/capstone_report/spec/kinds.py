"""How a study names an extension: by its kind, alone or in a table with the kind's options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True, slots=True)
class Chosen:
    """Marks a field whose value is "torchrun" or { kind = "torchrun", ... }.

    `known` returns the kinds that exist. It is asked when a study is read, so that a new file is a
    new kind and nothing else is edited.
    """

    what: str
    known: Callable[[], Mapping[str, type[BaseModel]]]

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read the value with `read`."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the value to editors: a name, or a table whose kind decides its options."""
        tables = [_table(kind, model) for kind, model in self.known().items()]
        return {"anyOf": [{"type": "string", "enum": list(self.known())}, *tables]}

    def read(self, value: object) -> BaseModel:
        """Return the extension that a value names.

        Raises:
            PydanticCustomError: the value is neither a name nor a table, or names no kind.
            ValidationError: an option is wrong; pydantic adds the place.
        """
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, str | dict):
            raise PydanticCustomError(
                "extension", "a {what} is a name or a table with its options", {"what": self.what}
            )
        options = {"kind": value} if isinstance(value, str) else dict(value)
        kind = options.pop("kind", None)
        known = self.known()
        if not isinstance(kind, str) or kind not in known:
            raise unknown_kind(self.what, kind, known)
        return known[kind].model_validate(options)


def unknown_kind(what: str, kind: object, known: Mapping[str, object]) -> PydanticCustomError:
    """Return the refusal of a kind that no file defines, naming the ones that exist."""
    return PydanticCustomError(
        "unknown_kind",
        "there is no {what} '{kind}'; known: {known}",
        {"what": what, "kind": str(kind), "known": ", ".join(known)},
    )


def _table(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of one kind's table."""
    schema = _inlined(model.model_json_schema())
    properties = {"kind": {"const": kind}, **schema.get("properties", {})}
    required = ["kind", *schema.get("required", ())]
    return {
        "type": "object",
        "description": schema.get("description", kind),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose definitions stand where they are used, for it becomes a part."""
    return _followed(schema, schema.pop("$defs", {}))  # type: ignore[no-any-return] # a table stays one


def _followed(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return a part of a schema with the definitions that it refers to."""
    if isinstance(node, list):
        return [_followed(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _followed(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {name: _followed(item, definitions) for name, item in node.items()}

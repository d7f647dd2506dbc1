"""The cache of keys and values of a served replica: given whole, by its shape, or not counted."""

from collections.abc import Mapping
from typing import cast

from capstone_report.calculators.inputs import misfit, option, together
from capstone_report.calculators.size import SizeInputs
from capstone_report.errors import UsageError
from capstone_report.perfmodel.footprint import Footprint
from capstone_report.perfmodel.memory import (
    BYTES_PER_KV_ELEMENT,
    declared_kv_cache,
    kv_cache,
    kv_cache_bytes_per_token,
)
from capstone_report.units import six_digits

SHAPE = ("layers", "kv_heads", "head_dimension", "context_length", "concurrent_sequences")
OF_A_SHAPE = (*SHAPE, "kv_bytes_per_element")
OF_A_CACHE = ("kv_cache_bytes", *OF_A_SHAPE)


def declared_cache(given: SizeInputs) -> Footprint:
    """Return what keys and values of one replica take; nothing where neither way describes it.

    Raises:
        UsageError: it is described in both ways, or its shape in part.
    """
    if given["kv_cache_bytes"] is not None:
        _refuse_both(cast("Mapping[str, object]", given))
        return declared_kv_cache(given["kv_cache_bytes"])
    if not has_shape(given):
        return Footprint(terms=())
    sequences, tokens = given["concurrent_sequences"] or 0, given["context_length"] or 0
    return kv_cache(_bytes_per_token(given), tokens=sequences * tokens)


def cache_arithmetic(given: SizeInputs) -> str | None:
    """Return the bytes of a token and the number of tokens as they would stand on paper."""
    if given["kv_cache_bytes"] is not None or not has_shape(given):
        return None
    layers, heads, dimension, tokens, sequences = (
        six_digits(cast("int", cast("Mapping[str, object]", given)[name])) for name in SHAPE
    )
    element = six_digits(given["kv_bytes_per_element"] or BYTES_PER_KV_ELEMENT)
    product = f"2 x {layers} layers x {heads} heads x {dimension} x {element} B"
    held = f"{tokens} tokens x {sequences} at once"
    return f"{product} = {six_digits(_bytes_per_token(given))} B a token; {held}"


def _refuse_both(values: Mapping[str, object]) -> None:
    """Refuse a shape beside bytes that are given whole."""
    shape = [option(name) for name in OF_A_SHAPE if values[name] is not None]
    if shape:
        remedy = f"leave {', '.join(shape)} out, or --kv-cache-bytes"
        raise UsageError(misfit("--kv-cache-bytes", "is the whole cache already", remedy))


def has_shape(given: SizeInputs) -> bool:
    """Tell whether the shape of the cache is given; bytes of an element alone are none."""
    values = dict(cast("Mapping[str, object]", given))
    alone = values["kv_bytes_per_element"] is not None
    return together(values, OF_A_SHAPE if alone else SHAPE)


def _bytes_per_token(given: SizeInputs) -> float:
    """Return the bytes of keys and values of one token."""
    return kv_cache_bytes_per_token(
        layers=given["layers"] or 0,
        kv_heads=given["kv_heads"] or 0,
        head_dimension=given["head_dimension"] or 0,
        bytes_per_element=given["kv_bytes_per_element"] or BYTES_PER_KV_ELEMENT,
    )

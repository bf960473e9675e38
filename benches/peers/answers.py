"""Whether two answers are the same: rows in any order, floats as near as is asked for, everything else exactly."""

import datetime
import decimal
import math


def rows(table):
    """The rows of an Arrow table as plain values, in an order that does not rest on floats unless nothing else tells rows apart."""
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    inexact = {place for place, column in enumerate(columns) if any(isinstance(value, float) for value in column)}
    exact = [place for place in range(len(columns)) if place not in inexact]
    order = exact + sorted(inexact)
    return sorted(zip(*columns), key=lambda row: [_key(row[place]) for place in order])


def difference(one, other, tolerance):
    """What is different between the rows of two answers; nothing when they are the same, floats within `tolerance` of each other."""
    if len(one) != len(other):
        return f"{len(one)} rows and {len(other)}"
    for place, (left, right) in enumerate(zip(one, other)):
        if len(left) != len(right):
            return f"{len(left)} columns and {len(right)}"
        if not all(_same(*values, tolerance) for values in zip(left, right)):
            return f"row {place + 1} is {left} and {right}"
    return None


def _plain(value):
    """Instants as UTC, NaN as what is not known (pandas has no other way to say so), whole decimals as integers."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value.decode() if isinstance(value, bytes) else value


def _key(value):
    if value is None:
        return (0, "")
    if isinstance(value, (int, float)):
        return (1, value)
    return (2, str(value))


def _same(left, right, tolerance):
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if numbers and (isinstance(left, float) or isinstance(right, float)):
        return math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance)
    return left == right

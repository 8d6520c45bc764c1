"""What can go wrong, in one sentence each: which argument, its value, and what to do."""


class KimimaroError(Exception):
    """Base of every error that Kimimaro raises on purpose."""


class InputError(KimimaroError, ValueError):
    """An argument has a value that cannot be worked with."""


class DimensionError(InputError):
    """An image has a number of dimensions or a shape that cannot be worked with."""


class InputTypeError(KimimaroError, TypeError):
    """An argument is of a type that cannot be worked with."""


class OutOfMemoryError(KimimaroError, MemoryError):
    """The estimated need for memory exceeds what the machine has."""

"""The data types of SSH's wire format (RFC 4251, section 5), read strictly. Knows no keys and no signatures."""

from __future__ import annotations


class WireError(ValueError):
    """Bytes are not what the wire format says; whoever reads turns it into an error of gitreg."""


class WireReader:
    """Takes one value after the other off the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def used(self) -> int:
        """How many bytes were taken."""
        return self._at

    def take(self, length: int) -> bytes:
        """Takes exactly so many bytes."""
        if length > len(self._data) - self._at:
            raise WireError("it ends too early")
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self) -> int:
        """Takes a `uint32`."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Takes a `string`: a length and so many bytes."""
        return self.take(self.number())

    def word(self) -> str:
        """Takes a `string` that is a name: printable ASCII, not empty."""
        text = self.string().decode("ascii", "replace")
        if not text or not text.isascii() or not text.isprintable():
            raise WireError("a name in it is not plain text")
        return text

    def positive(self) -> int:
        """Takes an `mpint` above zero in its only allowed spelling, so that one number has one spelling."""
        data = self.string()
        number = int.from_bytes(data, "big", signed=True)
        if number <= 0 or len(data) != number.bit_length() // 8 + 1:
            raise WireError("a number in it is not written the shortest way")
        return number

    def end(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._data):
            raise WireError("it has more bytes than it should")

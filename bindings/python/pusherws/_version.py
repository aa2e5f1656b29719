"""The version of this package, which is the library's."""

VERSION = "0.1.0"

"""The e-mail connector: intake, the eight stages, the courier and the commands."""

__version__ = "0.1.0"

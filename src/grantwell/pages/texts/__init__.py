"""Every text that a person reads in a page: `<language>/<area>.toml`, read once, for whoever asks by `area.key`."""

from grantwell.pages.texts.catalogue import Catalogue, Texts, shipped_catalogue

__all__ = ["Catalogue", "Texts", "shipped_catalogue"]

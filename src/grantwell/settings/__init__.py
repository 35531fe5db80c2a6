"""What an operator can set: in the environment, in `grantwell.toml` in the data directory, on the command line."""

from grantwell.settings.loading import SettingsError, handed_down, load_settings, taken_over
from grantwell.settings.model import Settings

__all__ = ["Settings", "SettingsError", "handed_down", "load_settings", "taken_over"]

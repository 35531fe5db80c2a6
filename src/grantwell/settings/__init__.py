"""What an operator can set: in the environment, in `grantwell.toml` in the data directory, on the command line."""

from grantwell.settings.loading import SettingsError, load_settings
from grantwell.settings.model import Settings

__all__ = ["Settings", "SettingsError", "load_settings"]

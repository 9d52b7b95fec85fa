"""`python -m security.keeper`: be a keeper by the environment."""

import os
import sys

import uvloop

from security.keeper.server import main
from security.settings import KeeperSettings, SettingsRefused

try:
    settings = KeeperSettings.from_environment(os.environ)
except SettingsRefused as refused:
    sys.exit(f"{refused.code}: {' '.join(refused.names)}")
uvloop.run(main(settings))

"""`python -m security.keeper`: be a keeper by the environment."""

import os
import sys

import uvloop

from security.keeper.server import SocketRefused, main
from security.settings import KeeperSettings, SettingsRefused
from security.vault.blind_index import IndexRefused

try:
    uvloop.run(main(KeeperSettings.from_environment(os.environ)))
except SettingsRefused as refused:
    sys.exit(f"{refused.code}: {' '.join(refused.names)}")
except (SocketRefused, IndexRefused) as refused:
    sys.exit(refused.code)

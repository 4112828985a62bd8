"""Content in and out of DVC: hashing, the local cache, `.dvc` files, storage, verified delivery.

Knows bytes, digests and paths; nothing of what records mean, nor of Git. What is exported here needs no
import of DVC itself; `gitreg.artifacts.storage` loads DVC only when a storage that is not a folder is opened
(docs/adr/0003-dvc-layers.md).
"""

from gitreg.artifacts.cache import Cache
from gitreg.artifacts.datahash import path_digest
from gitreg.artifacts.delivery import deliver, verify_stored
from gitreg.artifacts.dvcfile import DvcOut, parse_dvc_file
from gitreg.artifacts.folder import StoredFile, StoredFolder
from gitreg.artifacts.kept import Kept
from gitreg.artifacts.progress import SILENT, Progress
from gitreg.artifacts.walk import Source

__all__ = [
    "SILENT",
    "Cache",
    "DvcOut",
    "Kept",
    "Progress",
    "Source",
    "StoredFile",
    "StoredFolder",
    "deliver",
    "parse_dvc_file",
    "path_digest",
    "verify_stored",
]

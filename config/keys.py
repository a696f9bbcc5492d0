"""Own the two secrets that an embedded installation makes for itself, once, in a file beside its database.

Never used on PostgreSQL: several machines would each make their own and could not read each other's rows.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from pathlib import Path

NAMES = ("SECRET_KEY", "CREDENTIALS_KEY")

HOW_TO_MAKE = """{missing} must be set when DATABASE_URL is not SQLite.
Make the values once and keep them:
  SECRET_KEY       python -c "import secrets; print(secrets.token_urlsafe(50))"
  CREDENTIALS_KEY  python -c "from cryptography import fernet; print(fernet.Fernet.generate_key().decode())"
then put them into the environment or into .env."""


def new_keys() -> dict[str, str]:
    """Make a fresh value for every name."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CREDENTIALS_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }


def kept_keys(path: Path) -> dict[str, str]:
    """Read the keys in `path`, making the file first if there is none.

    Two commands that start at once agree: the whole file appears under its name in one step, for one only.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{name}={value}\n" for name, value in new_keys().items())
        # mkstemp gives 0600 from the first byte; link() refuses to replace a file that another command made.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, value in pairs if name in NAMES}

"""Write src/wardkey/edges/db/founding.sql again after a new migration."""

import tempfile
from pathlib import Path

from wardkey.edges.db.founding import SCRIPT, script_of
from wardkey.edges.db.migrating import head, upgrade


def script() -> str:
    """What all migrations come to on an empty SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite3"
        upgrade(f"sqlite:///{path}")
        return script_of(str(path), head())


def main() -> None:
    """Write the script."""
    SCRIPT.write_text(script(), encoding="utf-8")
    print(f"{SCRIPT.name} is written")


if __name__ == "__main__":
    main()

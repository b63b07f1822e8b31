"""Write the table of characters that look like letters and digits of ASCII, from Unicode's data on confusables.

Usage: pip install confusable-homoglyphs; python tools/confusables.py .../confusable_homoglyphs/confusables.json
"""

from __future__ import annotations

import json
import string
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).parents[1] / "builtin_plugins" / "routeiq_builtin_plugins" / "folding" / "confusables.py"
HEAD = '''"""Characters that look like letters and digits of ASCII, and what they look like.

Made by `python tools/confusables.py` from the confusables of Unicode Technical Standard #39 as the distribution
`confusable-homoglyphs` 3.3.1 carries them. Copyright © 1991-2026 Unicode, Inc.; Unicode License v3,
https://www.unicode.org/license.txt. Left out is what compatibility decomposition (NFKD) or its value as a digit says.
"""

from __future__ import annotations

from typing import Final

# fmt: off
LOOK_ALIKES: Final[dict[str, str]] = {
'''


def main() -> None:
    data = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = []
    for plain in string.digits + string.ascii_letters:
        alike = sorted({one["c"] for one in data.get(plain, ()) if _counts(one["c"])})
        if alike:
            short = "".join(f"\\u{ord(c):04x}" for c in alike if ord(c) < 0x10000)
            long = "".join(f"\\U{ord(c):08x}" for c in alike if ord(c) >= 0x10000)
            pieces = [short[at : at + 96] for at in range(0, len(short), 96)]
            pieces += [long[at : at + 90] for at in range(0, len(long), 90)]
            lines.append(f'    "{plain}": (\n' + "".join(f'        "{piece}"\n' for piece in pieces) + "    ),\n")
    TARGET.write_text(HEAD + "".join(lines) + "}\n# fmt: on\n", encoding="utf-8")


def _counts(text: str) -> bool:
    if len(text) != 1 or text.isascii() or unicodedata.category(text) == "Nd":
        return False
    return not unicodedata.normalize("NFKD", text).isascii()


if __name__ == "__main__":
    main()

"""Takes the code blocks out of a document as they stand, one file each.

A block is named by a comment on the line before its fence, `<!-- block: NAME -->`; one
that cannot run here says why, `<!-- elsewhere: WHY -->`. A code block of a language that
is run without either, and a name used twice, are errors.

    python bots/blocks.py ../docs/bots.md FOLDER
"""

import pathlib
import re
import sys

SUFFIXES = {"sh": "sh", "python": "py", "js": "mjs"}
MARK = re.compile(r"<!-- (block|elsewhere): (.+) -->")


def blocks(lines):
    """Each block of a language that is run, as (line, language, mark, text)."""
    language, mark, start, text = None, None, 0, []
    for number, line in enumerate(lines, 1):
        if language is None and line.startswith("```"):
            language, start, text = line[3:].strip(), number, []
            mark = MARK.fullmatch(lines[number - 2]) if number > 1 else None
        elif line == "```":
            if language in SUFFIXES:
                yield start, language, mark, "\n".join(text) + "\n"
            language = None
        elif language is not None:
            text.append(line)
    if language is not None:
        sys.exit(f"the block of line {start} has no end")


def main(document, folder):
    path, folder = pathlib.Path(document), pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for line, language, mark, text in blocks(path.read_text(encoding="utf-8").splitlines()):
        if mark is None:
            sys.exit(f"{path.name}:{line}: neither a name to run it by nor why it cannot run here")
        if mark[1] == "elsewhere":
            print(f"{path.name}:{line}: not run, {mark[2]}")
            continue
        file = folder / f"{mark[2]}.{SUFFIXES[language]}"
        if file.exists():
            sys.exit(f"{path.name}:{line}: a second block {mark[2]}")
        file.write_text(text, encoding="utf-8")


main(*sys.argv[1:])

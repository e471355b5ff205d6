"""Prints `N passed, N failed` (`, N skipped` if any) from ctest's JUnit file; failed names go to stderr.

A test counts as skipped only when it said so itself. One that could not be started, or vanished, failed;
so did a run without a single passed or failed test.
"""

import sys
import xml.etree.ElementTree as ElementTree

SHOWN = 20


def outcome(test: ElementTree.Element) -> str:
    status = test.get("status")
    if status == "run":
        return "passed" if test.find("failure") is None else "failed"
    skipped = test.find("skipped")
    reason = skipped.get("message", "") if skipped is not None else ""
    said_so = status == "disabled" or reason.startswith(("SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION"))
    return "skipped" if said_so else "failed"


def main() -> int:
    try:
        tests = list(ElementTree.parse(sys.argv[1]).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        print(f"error: ctest left no usable list of results: {error}", file=sys.stderr)
        tests = []
    names: dict[str, list[str]] = {"passed": [], "failed": [], "skipped": []}
    for test in tests:
        names[outcome(test)].append(test.get("name", "?"))
    for name in names["failed"][:SHOWN]:
        print(f"failed: {name}", file=sys.stderr)
    if len(names["failed"]) > SHOWN:
        print(f"failed: and {len(names['failed']) - SHOWN} more", file=sys.stderr)
    line = f"{len(names['passed'])} passed, {len(names['failed'])} failed"
    print(line + (f", {len(names['skipped'])} skipped" if names["skipped"] else ""))
    return 0 if names["passed"] and not names["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())

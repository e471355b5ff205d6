#!/usr/bin/env python3
"""Holds a junit.xml against the rules of Jenkins' junit-10.xsd (xunit plugin), and its counts against its cases.

    check_junit.py FILE...

Prints one line a file, ends with 1 when one breaks a rule. Needs Python's standard library alone.
"""
import re
import sys
import xml.etree.ElementTree as tree

# element: (required attributes, allowed attributes, allowed children)
RERUN = {"rerunFailure", "rerunError", "flakyFailure", "flakyError"}
RULES = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"},
                  {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
                  {"testsuite", "properties", "testcase", "system-out", "system-err"}),
    "testcase": ({"name"}, {"time", "classname", "group"},
                 {"skipped", "error", "failure", "system-out", "system-err"} | RERUN),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
TEXT = {"failure", "error", "skipped", "system-out", "system-err"}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def check(element, problems):
    name = element.tag
    if name not in RULES:
        problems.append(f"<{name}> is no element of the schema")
        return
    required, allowed, children = RULES[name]
    problems += [f"<{name}> lacks {key}" for key in sorted(required - set(element.keys()))]
    problems += [f"<{name}> must not have {key}" for key in sorted(set(element.keys()) - required - allowed)]
    if "time" in element.keys() and name in ("testsuites", "testsuite") and not TIME.fullmatch(element.get("time")):
        problems.append(f"<{name}> time {element.get('time')!r}")
    if name not in TEXT and (element.text or "").strip():
        problems.append(f"<{name}> must not hold text")
    for child in element:
        if child.tag not in children:
            problems.append(f"<{child.tag}> is not allowed in <{name}>")
        check(child, problems)


def check_counts(suite, problems):
    cases = suite.findall("testcase")
    counts = {"tests": len(cases), "failures": sum(c.find("failure") is not None for c in cases),
              "errors": sum(c.find("error") is not None for c in cases),
              "skipped": sum(c.find("skipped") is not None for c in cases)}
    for key, count in counts.items():
        if key in suite.keys() and suite.get(key) != str(count):
            problems.append(f"<testsuite {suite.get('name')}> {key}={suite.get(key)}, counted {count}")
    return counts


def main():
    ok = True
    for file in sys.argv[1:]:
        root, problems = tree.parse(file).getroot(), []
        if root.tag not in ("testsuites", "testsuite"):
            problems.append(f"<{root.tag}> cannot be the root")
        check(root, problems)
        said = []
        for suite in root.iter("testsuite"):
            counts = check_counts(suite, problems)
            said.append(f"{suite.get('name')} {counts['tests']}/{counts['failures']}/{counts['skipped']}")
        print(f"{file}: {'; '.join(problems) or 'valid'} ({', '.join(said)}: cases/failures/skipped)")
        ok = ok and not problems
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())

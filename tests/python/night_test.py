"""scripts/systemd: the service, and which evenings night.sh inspects."""

import pathlib
import unittest

SYSTEMD = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "systemd"


class Units(unittest.TestCase):
    def test_signals_and_folders(self):
        lines = (SYSTEMD / "zeromiss-night.service").read_text("utf-8").splitlines()
        self.assertIn("KillMode=control-group", lines)  # mixed would end night.sh, and then kill inspect
        self.assertIn("ReadWritePaths=/var/lib/zeromiss -/var/lib/prometheus/node-exporter", lines)


if __name__ == "__main__":
    unittest.main()

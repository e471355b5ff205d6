"""What import_model.py takes from files, and what it refuses to guess."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True

import import_model  # noqa: E402
from importing import facts as fact  # noqa: E402
from importing import manifest, sources, steps  # noqa: E402

# As Ultralytics 8.4 writes it, shortened.
CONFIG = {
    "description": "Ultralytics YOLOv8n model",
    "version": "8.4.190",
    "license": "AGPL-3.0 License (https://ultralytics.com/license)",
    "stride": 32,
    "task": "detect",
    "batch": 1,
    "imgsz": [480, 640],
    "names": {"0": "scratch", "1": "particle", "10": "k", "2": "c", "3": "d", "4": "e", "5": "f",
              "6": "g", "7": "h", "8": "i", "9": "j"},
    "channels": 3,
    "args": {"batch": 1, "half": False, "nms": False},
    "end2end": False,
}
GIVEN = ["--defects", "all", "--review-at", "0.2", "--reject-at", "0.5", "--version", "1"]
BOXES = ["--min-score", "0.25", "--nms", "0.45", "--class-agnostic", "no", "--max-detections", "300"]
XML = """<net name="m"><layers><layer id="0" name="x" type="Parameter">
<data element_type="f32" shape="1,3,320,640"/></layer></layers><rt_info><model_info>{}</model_info></rt_info></net>"""


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.printed = []

    def export(self, config, name="best"):
        file = self.path / f"{name}.torchscript"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(f"{name}/data.pkl", b"")
            text = config if isinstance(config, str) else json.dumps(config)
            archive.writestr(f"{name}/extra/config.txt", text)
        return file

    def xml(self, **info):
        file = self.path / "m.xml"
        file.write_text(XML.format("".join(f'<{k} value="{v}"/>' for k, v in info.items())))
        return file

    def facts(self, source, file, *given, xml=None):
        image = self.path / "a.png"
        image.write_bytes(b"")
        arguments = [source, str(file), "--output", str(self.path / "out"), "--golden", str(image)]
        arguments += ["--xml", str(xml)] if xml else []
        options = import_model.arguments(arguments + list(given))
        facts = fact.Facts(options, self.printed.append)
        facts.found("name", "out", "name of the output folder")
        import_model.read_source(options, facts)
        return facts

    def refused(self, call, *arguments):
        with self.assertRaises(SystemExit) as caught:
            call(*arguments)
        return str(caught.exception)


class Ultralytics(Case):
    def test_detector(self):
        m = manifest.build(self.facts("ultralytics", self.export(CONFIG), *GIVEN, *BOXES))
        self.assertEqual(m["task"], "detection")
        # Numbers as text in JSON: "10" comes after "9", not after "1".
        self.assertEqual([c["name"] for c in m["classes"]], "scratch particle c d e f g h i j k".split())
        self.assertEqual(
            m["input"]["steps"],
            [{"op": "letterbox", "width": 640, "height": 480, "fill": [114, 114, 114],
              "filter": "bilinear", "antialias": False}],
        )
        self.assertEqual(m["input"]["scale"], 1 / 255)
        self.assertEqual(m["output"]["layout"], "v8")
        self.assertTrue(m["output"]["transposed"])
        self.assertEqual(
            m["output"]["nms"], {"iou": 0.45, "class_agnostic": False, "max_detections": 300}
        )
        self.assertIsNone(m["output"]["masks"])
        self.assertIn("AGPL-3.0", m["license"])
        printed = "\n".join(self.printed)
        self.assertIn("detection   (from config.txt)", printed)
        self.assertIn("0.25   (option --min-score)", printed)

    def test_masks(self):
        m = manifest.build(
            self.facts("ultralytics", self.export({**CONFIG, "task": "segment"}), *GIVEN, *BOXES)
        )
        self.assertEqual(
            m["output"]["masks"], {"output": 1, "prototypes": 32, "stride": 4, "threshold": 0.5}
        )

    def test_nms_inside(self):
        config = {**CONFIG, "args": {"nms": True}}
        given = [*GIVEN[:2], "--review-at", "0.25", *GIVEN[4:], "--min-score", "0.25"]
        given += ["--export-conf", "0.25"]
        m = manifest.build(self.facts("ultralytics", self.export(config), *given))
        self.assertEqual(m["output"]["layout"], "end2end")
        self.assertEqual(m["output"]["nms"], "none")
        self.assertFalse(m["output"]["transposed"])
        self.assertNotIn("multi_label", m["output"])

    def nms_inside(self, args, min_score, review_at, *given):
        """What is built, or refused, of an export with NMS inside and two limits."""
        config = {**CONFIG, "args": {"nms": True, **args}}
        limits = ["--min-score", min_score, "--review-at", review_at, "--reject-at", "0.9"]
        facts = self.facts(
            "ultralytics", self.export(config), "--defects", "all", "--version", "1", *limits, *given
        )
        return manifest.build(facts)

    def test_the_floor_of_nms_inside_is_asked(self):
        text = self.refused(self.nms_inside, {}, "0.5", "0.5")
        self.assertIn("give --export-conf ", text)
        self.assertIn("default is 0.25", text)
        self.nms_inside({"conf": 0.5}, "0.5", "0.5")
        self.assertTrue(any("conf from config.txt" in line for line in self.printed))
        for bad in (True, "0.5", 1.5, float("nan")):
            self.assertIn("conf", self.refused(self.nms_inside, {"conf": bad}, "0.5", "0.5"))
        for bad in ("nan", "-0.1", "1.5", "x"):
            with contextlib.redirect_stderr(io.StringIO()):
                given = ({}, "0.5", "0.5", "--export-conf", bad)
                self.assertEqual(self.refused(self.nms_inside, *given), "2")

    def test_limits_below_the_floor_of_nms_inside(self):
        for args, given in (({"conf": 0.25}, []), ({}, ["--export-conf", "0.25"])):
            self.nms_inside(args, "0.25", "0.25", *given)
            for option, limits in (
                ("--min-score 0.1", ("0.1", "0.25")),
                ("--review-at 0.1", ("0.25", "0.1")),
                ("--min-score nan", ("nan", "0.25")),
            ):
                text = self.refused(self.nms_inside, args, *limits, *given)
                self.assertIn(f"{option} is below --export-conf 0.25", text)

    def test_without_nms_there_is_no_floor(self):
        # YOLOv10: the best candidates, whatever their scores.
        config = {**CONFIG, "end2end": True}
        given = [*GIVEN, "--min-score", "0.01"]
        m = manifest.build(self.facts("ultralytics", self.export(config), *given))
        self.assertEqual(m["output"]["layout"], "end2end")
        self.assertEqual(m["output"]["min_score"], 0.01)

    def test_classifier(self):
        config = {**CONFIG, "task": "classify", "imgsz": [224, 224]}
        m = manifest.build(
            self.facts("ultralytics", self.export(config), *GIVEN, "--defects", "scratch,c")
        )
        self.assertEqual([s["op"] for s in m["input"]["steps"]], ["resize_shortest", "center_crop"])
        self.assertEqual(m["output"], {"kind": "probabilities"})
        self.assertEqual([c["name"] for c in m["classes"] if c["defect"]], ["scratch", "c"])

    def test_classifier_that_is_not_square(self):
        config = {**CONFIG, "task": "classify", "imgsz": [224, 320]}
        m = manifest.build(
            self.facts("ultralytics", self.export(config), *GIVEN, "--defects", "scratch,c")
        )
        self.assertEqual(
            m["input"]["steps"],
            [{"op": "resize", "width": 320, "height": 224, "filter": "bilinear", "antialias": True}],
        )

    def test_an_option_wins_and_says_so(self):
        given = [*GIVEN, *BOXES, "--license", "Enterprise"]
        m = manifest.build(self.facts("ultralytics", self.export(CONFIG), *given))
        self.assertEqual(m["license"], "Enterprise")
        self.assertTrue(any("instead of AGPL-3.0" in line for line in self.printed))

    def test_refused(self):
        read = lambda config: self.facts("ultralytics", self.export(config))  # noqa: E731
        self.assertIn("task pose", self.refused(read, {**CONFIG, "task": "pose"}))
        self.assertIn("half=True", self.refused(read, {**CONFIG, "args": {"half": True}}))
        self.assertIn("4 channels", self.refused(read, {**CONFIG, "channels": 4}))
        self.assertIn("not JSON", self.refused(read, "{"))
        missing = {k: v for k, v in CONFIG.items() if k != "imgsz"}
        self.assertIn("no imgsz", self.refused(read, missing))
        plain = self.path / "plain.pt"
        with zipfile.ZipFile(plain, "w") as archive:
            archive.writestr("plain/data.pkl", b"")
        self.assertIn("no config.txt", self.refused(self.facts, "ultralytics", plain))
        plain.write_bytes(b"no archive")
        self.assertIn("not a TorchScript file", self.refused(self.facts, "ultralytics", plain))

    def test_every_missing_option_is_named(self):
        given = {"--defects": "all", "--review-at": "0.2", "--reject-at": "0.5", "--version": "1",
                 "--min-score": "0.25", "--nms": "0.45", "--class-agnostic": "no",
                 "--max-detections": "300"}
        for left_out in given:
            rest = [part for k, v in given.items() if k != left_out for part in (k, v)]
            facts = self.facts("ultralytics", self.export(CONFIG), *rest)
            self.assertIn(f"give {left_out} ", self.refused(manifest.build, facts))


class Openvino(Case):
    def setUp(self):
        super().setUp()
        self.model = self.path / "m.pt"
        self.model.write_bytes(b"")

    def test_detector(self):
        xml = self.xml(
            model_type="YOLOv8", labels="scratch small_particle", resize_type="fit_to_window_letterbox",
            pad_value="114", scale_values="255", reverse_input_channels="True",
            confidence_threshold="0.25", iou_threshold="0.7", task_type="x",
        )
        given = [*GIVEN, "--license", "MIT", "--color", "rgb", "--transposed", "yes", "--activation",
                 "none", "--boxes", "pixels", "--class-agnostic", "no", "--max-detections", "100",
                 "--multi-label", "no"]
        m = manifest.build(self.facts("openvino", self.model, *given, xml=xml))
        self.assertEqual([c["name"] for c in m["classes"]], ["scratch", "small_particle"])
        # (v - mean) / scale in 0..255 becomes (v * 1 - mean) / std.
        self.assertEqual(
            [m["input"][k] for k in ("scale", "mean", "std")], [1.0, [0.0] * 3, [255.0] * 3]
        )
        step = m["input"]["steps"][0]
        self.assertEqual((step["op"], step["width"], step["height"]), ("letterbox", 640, 320))
        self.assertEqual(m["output"]["min_score"], 0.25)
        self.assertEqual(m["output"]["nms"]["iou"], 0.7)
        self.assertTrue(any("task_type" in line and "not used" in line for line in self.printed))

    def test_yolo_of_any_version(self):
        # What Ultralytics 8.4 writes.
        xml = self.xml(model_type="YOLO", labels="a b", reverse_input_channels="YES",
                       resize_type="fit_to_window_letterbox", pad_value="114", scale_values="255")
        given = [*GIVEN, "--license", "x", "--color", "rgb"]
        facts = self.facts("openvino", self.model, *given, xml=xml)
        self.assertIn("give --layout", self.refused(manifest.build, facts))

    def test_the_order_of_the_channels_is_asked(self):
        # OpenVINO Training Extensions 2: False for networks of RGB, True for YOLOX-S, which is of BGR.
        for swap in ("False", "True", "YES"):
            self.printed.clear()
            xml = self.xml(model_type="YOLOv8", labels="a b", reverse_input_channels=swap,
                           resize_type="fit_to_window_letterbox", pad_value="114", scale_values="255")
            facts = self.facts("openvino", self.model, *GIVEN, "--license", "x", xml=xml)
            self.assertIn("give --color", self.refused(manifest.build, facts))
            self.assertTrue(any(f"reverse_input_channels {swap} " in line and "--color" in line
                                for line in self.printed))

    def test_what_it_does_not_say_is_asked(self):
        facts = self.facts("openvino", self.model, *GIVEN, xml=self.xml(labels="a b"))
        self.assertIn("give --task", self.refused(manifest.build, facts))
        xml = self.xml(model_type="Classification", resize_type="fit_to_window", labels="a b")
        facts = self.facts("openvino", self.model, *GIVEN, "--license", "x", "--color", "rgb", xml=xml)
        self.assertIn("give --steps", self.refused(manifest.build, facts))
        self.assertTrue(any("no step does that" in line for line in self.printed))

    def test_refused(self):
        self.assertIn(
            "pad_value", self.refused(self.facts_of, self.xml(resize_type="standard", pad_value="x"))
        )
        empty = self.path / "n.xml"
        empty.write_text("<net/>")
        self.assertIn("no rt_info/model_info", self.refused(self.facts_of, empty))
        empty.write_text("<net")
        self.assertIn("n.xml", self.refused(self.facts_of, empty))

    def facts_of(self, xml):
        return self.facts("openvino", self.model, xml=xml)


class Plain(Case):
    GIVEN = {
        "--task": "segmentation", "--version": "1", "--license": "MIT", "--color": "gray",
        "--steps": "resize:64x32", "--filter": "bilinear", "--antialias": "yes", "--scale": "255",
        "--mean": "0", "--std": "1", "--kind": "mask_logits", "--pixel": "0.3", "--activation": "softmax",
        "--stride": "4", "--resample": "bilinear", "--classes": "good,crack", "--defects": "crack",
        "--review-at": "0.3", "--reject-at": "0.6",
    }

    def build(self, **changes):
        model = self.path / "m.pt"
        model.write_bytes(b"")
        given = {**self.GIVEN, **{"--" + k.replace("_", "-"): v for k, v in changes.items()}}
        parts = [part for k, v in given.items() if v is not None for part in (k, v)]
        return manifest.build(self.facts("torchscript", model, *parts))

    def test_all_given(self):
        m = self.build()
        self.assertEqual(
            m["output"],
            {"kind": "mask_logits", "activation": "softmax", "pixel": 0.3, "stride": 4,
             "resample": "bilinear"},
        )
        self.assertEqual(m["decision"]["reject_at"], 0.6)

    def test_every_missing_option_is_named(self):
        for left_out in self.GIVEN:
            key = left_out[2:].replace("-", "_")
            self.assertIn(f"give {left_out} ", self.refused(lambda: self.build(**{key: None})))

    def test_end2end(self):
        boxes = {"task": "detection", "kind": "boxes_yolo", "layout": "end2end", "transposed": "no",
                 "activation": "none", "boxes": "pixels", "min_score": "0.3", "nms": "none"}
        self.assertIn("give --export-conf ", self.refused(lambda: self.build(**boxes)))
        self.assertEqual(self.build(**boxes, export_conf="0.3")["output"]["min_score"], 0.3)
        self.assertIn(
            "--min-score 0.3 is below", self.refused(lambda: self.build(**boxes, export_conf="0.4"))
        )

    def test_contradictions(self):
        self.assertIn("task segmentation", self.refused(lambda: self.build(task="detection")))
        self.assertIn("above", self.refused(lambda: self.build(review_at="0.7")))
        self.assertIn("--defects dent", self.refused(lambda: self.build(defects="dent")))
        self.assertIn("twice", self.refused(lambda: self.build(classes="crack,crack")))
        self.assertIn("color rgb needs 3", self.refused(lambda: self.build(color="rgb")))
        self.assertIn("size", self.refused(lambda: self.build(steps="resize_shortest:64")))
        self.assertIn(
            "no defect",
            self.refused(lambda: self.build(task="classification", kind="logits", defects="all")),
        )

    def test_usage(self):
        for changes in ({"steps": "shrink:3x3"}, {"steps": "letterbox:64x64"}, {"nms": "2"},
                        {"antialias": "maybe"}, {"color": "cmyk"}):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(self.refused(lambda: self.build(**changes)), "2")


class Steps(unittest.TestCase):
    def test_parse(self):
        self.assertEqual(
            steps.parse("letterbox:640x480:1,2,3"),
            {"op": "letterbox", "width": 640, "height": 480, "fill": [1, 2, 3]},
        )
        self.assertEqual(
            steps.parse("crop:8x9:1,2"), {"op": "crop", "width": 8, "height": 9, "x": 1, "y": 2}
        )
        self.assertEqual(steps.parse("rotate:90"), {"op": "rotate", "degrees": 90})
        self.assertEqual(steps.parse("flip:vertical"), {"op": "flip", "axis": "vertical"})
        for bad in ("", "resize", "resize:64", "resize:64x-1", "resize:64x64:1", "rotate:45",
                    "flip:left", "crop:8x9", "letterbox:64x64:1,2"):
            with self.assertRaises(ValueError, msg=bad):
                steps.parse(bad)

    def test_input_size(self):
        self.assertEqual(
            steps.input_size([steps.parse("resize:64x32"), steps.parse("rotate:90")]), (32, 64)
        )

    def test_anomalib_says_only_the_librarys_rules(self):
        facts = fact.Facts(object(), lambda _: None)
        sources.anomalib(facts)
        self.assertNotIn("steps", facts.file)
        self.assertNotIn("mean", facts.file)


if __name__ == "__main__":
    unittest.main()

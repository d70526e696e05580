"""What the author of a detector runs: the conformance kit, and tests of their own."""

from shouting_detector import ShoutingDetector

from activities.detector_conformance import DetectorConformance


class TestShouting(DetectorConformance):
    sees = ("CAN NOBODY HERE READ WHAT I WROTE",)

    def make(self) -> ShoutingDetector:
        return ShoutingDetector()

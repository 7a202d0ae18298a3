"""Things of which references are given: products, animals, puppets, drawn characters; found, followed and compared.

A thing is found by features that agree on one place, or by colours that hardly anything else has. From then on its
opening in the clip is what it is compared with, part by part, once the movement between the two is undone.
"""

from overlaycut.analyse.things.analyser import ThingAnalyser
from overlaycut.analyse.things.parameters import ThingParameters
from overlaycut.analyse.things.views import View, reference_view

__all__ = ["ThingAnalyser", "ThingParameters", "View", "reference_view"]

"""Lines of one surface share evidence: what became of one is asked of the others, and the best track serves all.

A label's lines are redrawn together. A small one is lost by its tracker when it melts and is read too seldom to be
judged; the line beside it says where it would be, and its shape there says what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from overlaycut.analyse.judge import judge_beside, trailing_lost
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.reference_match import is_beside
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.edit_distance import similarity
from overlaycut.core.findings import Lettering
from overlaycut.core.geometry import FloatArray, Homography, Quad, homography


@dataclass(frozen=True, slots=True)
class Found:
    """One line: what is reported of it, and its tracked region."""

    lettering: Lettering
    region: Region


def with_shared_evidence(found: Sequence[Found], *, fps: float, parameters: LetteringParameters) -> list[Found]:
    """The lines, judged again where one beside them broke, or holds while their own track is lost.

    Broken ones are on the best track of their surface.
    """
    judged = [_judged(one, _beside(one, found, parameters), fps, parameters) for one in found]
    return [_tracked(one, _beside(one, judged, parameters), parameters) for one in judged]


def without_lost_tracks(found: Sequence[Found], *, parameters: LetteringParameters) -> list[Found]:
    """The lines, none of them called broken whose track was lost and whose words are found intact afterwards.

    Generators do not put melted words right again; a track that strays from a door that swings makes them look melted.
    """
    return [_lost_track(one, found, parameters) for one in found]


def _lost_track(one: Found, found: Sequence[Found], parameters: LetteringParameters) -> Found:
    own, limits = one.lettering, parameters.siblings
    if own.state not in ("warped", "lost") or own.protected or own.onset is None or not own.expected:
        return one
    for other in (entry for entry in found if entry.lettering.state == "stable" and entry.lettering.judged):
        since = other.region.first_frame
        seen = one.region.observations.get(since)
        lost = seen is not None and seen.support <= 0
        same = similarity(own.expected, other.lettering.expected or "") >= limits.same_words
        if since > own.onset and lost and same and other.region.confidence >= limits.sure:
            reason = f"{own.expected!r} is found intact later on, so its track was lost, and it cannot be judged before"
            still = replace(own, state="stable", onset=None, confidence=0.2, judged=False, reason=reason)
            return replace(one, lettering=still)
    return one


def _beside(one: Found, found: Sequence[Found], parameters: LetteringParameters) -> list[Found]:
    """The lines that lie beside one in the reference."""
    near = [other for other in found if other.region is not one.region]
    return [other for other in near if is_beside(one.region, other.region, parameters.reference_match)]


def _judged(one: Found, beside: Sequence[Found], fps: float, parameters: LetteringParameters) -> Found:
    own = one.lettering
    broken = [other.lettering for other in beside if other.lettering.state in ("warped", "lost")]
    telling = broken or [other.lettering for other in beside if _holds_where_lost(one, other, parameters)]
    unsure = own.state == "warped" and bool(broken) and own.confidence < parameters.siblings.shared_confidence
    if unsure:
        # Lines of one label are redrawn together: the other one is a second witness.
        most = max(other.confidence for other in broken)
        confidence = max(own.confidence, min(most, parameters.siblings.shared_confidence))
        also = f"{own.reason}; the lettering beside it breaks as well"
        return replace(one, lettering=replace(own, confidence=confidence, reason=also))
    if own.state != "stable" or own.protected or own.kind != "scene" or not telling:
        return one
    verdict = judge_beside(
        one.region.reference_matches,
        one.region.best_readings(own.expected),
        expected=own.expected,
        most_confidence=max(other.confidence for other in telling),
        fps=fps,
        other_broke=bool(broken),
        parameters=parameters.judge.neighbours,
    )
    if verdict is None or verdict.onset is None or verdict.onset not in own.span:
        return one
    evidence = one.region.evidence
    confidence = verdict.confidence * (1.0 if evidence is None else evidence)
    if evidence is not None and confidence < parameters.unread.least_confidence:
        return one
    changed = replace(
        own,
        state=verdict.state,
        confidence=round(confidence, 4),
        onset=verdict.onset,
        judged=True,
        read=verdict.read,
        legibility=verdict.legibility,
        legibility_at=verdict.legibility_at,
        reason=verdict.reason,
    )
    return replace(one, lettering=changed)


def _holds_where_lost(one: Found, other: Found, parameters: LetteringParameters) -> bool:
    """Whether the track of an intact line holds in the frames at whose end that of one on its surface is lost."""
    if other.lettering.state != "stable" or not other.lettering.judged:
        return False
    lost = [seen.index for seen in trailing_lost(one.region.in_order())]
    held = [index for index in lost if (seen := other.region.observations.get(index)) is not None and seen.support > 0]
    enough = len(held) >= parameters.siblings.held_share * max(len(lost), 1)
    return bool(lost) and enough and _go_together(one.lettering, other.lettering, lost[0], parameters)


def _tracked(one: Found, beside: Sequence[Found], parameters: LetteringParameters) -> Found:
    """A broken line with the places of its damaged frames from the best track of its surface."""
    own = one.lettering
    if own.state not in ("warped", "lost") or own.onset is None or own.reference_quad is None:
        return one
    leader, most = None, _trust(one, own.onset)
    for other in beside:
        trust = _trust(other, own.onset)
        if trust > most and _go_together(own, other.lettering, own.onset, parameters):
            leader, most = other.lettering, trust
    if leader is None:
        return one
    quads = dict(own.quads)
    for index in range(own.onset, own.span.end):
        if index in quads and index in leader.quads:
            quads[index] = own.reference_quad.mapped(_from_reference(leader, index))
    return replace(one, lettering=replace(own, quads=quads, visibility=_visibility(own, leader)))


def _go_together(own: Lettering, leader: Lettering, until: int, parameters: LetteringParameters) -> bool:
    """Whether a line keeps its place on the plane of another before frame `until`, while it is intact."""
    limits = parameters.siblings
    known = [i for i in range(own.span.start, until) if i in own.quads and i in leader.quads]
    known = known[-limits.most_frames :]
    if len(known) < limits.least_frames or leader.reference_quad is None:
        return False
    back = [own.quads[i].mapped(_to_reference(leader, i)).array() for i in known]
    flat: FloatArray = np.median(back, axis=0)
    off = float(np.linalg.norm(np.array(back) - flat, axis=2).max())
    height = Quad.of(flat).size[1]
    return off <= limits.most_apart * height


def _to_reference(leader: Lettering, index: int) -> Homography:
    return np.asarray(np.linalg.inv(_from_reference(leader, index)), np.float64)


def _from_reference(leader: Lettering, index: int) -> Homography:
    assert leader.reference_quad is not None
    return homography(leader.reference_quad, leader.quads[index])


def _trust(one: Found, onset: int) -> float:
    """How well a line's own track knows the surface from frame `onset` on: support, over the length it is seen by."""
    later = [seen.support for seen in one.region.in_order() if seen.index >= onset]
    quad = one.lettering.reference_quad
    if not later or quad is None:
        return 0.0
    intact = 2.0 if one.lettering.state == "stable" else 1.0
    return float(intact * np.mean(later) * abs(quad.area) ** 0.5)


def _visibility(own: Lettering, leader: Lettering) -> dict[int, float]:
    """The line's visibility; in damaged frames, in which its own cannot be told, the other's where that is more."""
    assert own.onset is not None
    return {
        index: max(seen, leader.visibility.get(index, 0.0)) if index >= own.onset else seen
        for index, seen in own.visibility.items()
    }

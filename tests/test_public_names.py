"""What the package promises to scripts."""

from __future__ import annotations

import overlaycut


def test_every_promised_name_is_there() -> None:
    for name in overlaycut.__all__:
        assert getattr(overlaycut, name) is not None


def test_the_verbs_are_those_of_the_command_line() -> None:
    from overlaycut.cli.app import overlaycut as group

    commands = set(group.list_commands(None)) - {"models", "cache"}  # type: ignore[arg-type]
    assert commands | {"list_models", "pull_model", "add_model", "cache_info", "cache_clear"} <= set(overlaycut.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(overlaycut, "no_such_verb")

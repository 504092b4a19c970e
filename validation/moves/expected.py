"""Differences that are meant, each with its reason. A row that meets nothing is reported by ``check``."""

from __future__ import annotations

from typing import NamedTuple


class Expected(NamedTuple):
    """A difference that is meant, by the names of commands and the paths in their answers (globs)."""

    # "added", "gone", "changed"; "null gone": gone, and was null; the value must stay: "renamed", "wrapped"
    kind: str
    command: str
    path: str
    reason: str
    now: str = ""  # the new name if renamed; the key under which a list is now, if wrapped in an object


ONE_RULE = "the error of a share counts four more trials (decisions/0045)"
SHARES = (  # where a number is a share of trials
    *("chosen/*", "none", "right", "smallest", "top", "ended/*", "arms/*/named", "arms/*/coverage_95"),
    *("positive", "error", "within", "sure", "stopped_early", "open", "no_dose", "one_dose", "all_doses"),
    *("share", "claimed", "assurance", "power_at_mean"),
)

EXPECTED: tuple[Expected, ...] = (
    Expected("added", "*", "out/schema", "every record names its schema"),
    Expected("null gone", "*", "out/*", "what is not known is left out, where it was null"),
    Expected("renamed", "trial-*", "out/*/se", "a Monte-Carlo standard error says so", now="monte_carlo_se"),
    Expected("renamed", "trial-compare", "out/*/interval", "it says its level", now="interval_95"),
    Expected("gone", "trial-compare*", "out/*/less_the_first/*/low", "now in interval_95"),
    Expected("gone", "trial-compare*", "out/*/less_the_first/*/high", "now in interval_95"),
    Expected("added", "trial-compare*", "out/*/less_the_first/*/interval_95", "was low and high"),
    Expected("added", "trial-compare*", "out/*/less_the_first/*/monte_carlo_se", "each has its error"),
    *(Expected("changed", "trial-*", f"out*/{share}/*se", ONE_RULE) for share in SHARES),
    Expected("changed", "trial-compare", "out/*/minus_first/*/interval*", ONE_RULE),
    Expected("changed", "trial-protocol*", "out/sections/*/blocks/*", f"± of shares: {ONE_RULE}"),
    Expected("changed", "trial-seamless", "out/run_in/said/*", f"± of shares: {ONE_RULE}"),
    Expected("changed", "trial-compare-longitudinal", "out/*/run_in/said/*", f"± of shares: {ONE_RULE}"),
    Expected("changed", "trial-*", "out/assurance/why", f"± of shares: {ONE_RULE}"),
    Expected("changed", "trial-compare", "out/said/*", f"± of shares: {ONE_RULE}"),
    Expected("changed", "trial-worth", "out/*/less_than_the_best/interval_95/*", "1.95996 errors, were 1.96"),
)

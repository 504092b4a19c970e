"""Differences that are meant, each with its reason. A row that meets nothing is reported by ``check``."""

from __future__ import annotations

from typing import NamedTuple


class Expected(NamedTuple):
    """A difference that is meant, by the names of commands and the paths in their answers (globs)."""

    # "added", "gone", "changed"; "null gone": gone, and was null; the value must stay: "renamed", "wrapped",
    # "named" (the items of a list, or one value, are now those of an object)
    kind: str
    command: str
    path: str
    reason: str
    now: str = ""  # the new name if renamed; the key under which a list is now, if wrapped; the keys if named


ONE_RULE = "the error of a share counts four more trials (decisions/0045)"
SHARES = (  # where a number is a share of trials
    *("chosen/*", "none", "right", "smallest", "top", "ended/*", "arms/*/named", "arms/*/coverage_95"),
    *("positive", "error", "within", "sure", "stopped_early", "open", "no_dose", "one_dose", "all_doses"),
    *("share", "claimed", "assurance", "power_at_mean"),
)

EXPECTED: tuple[Expected, ...] = (
    Expected("added", "*", "out/schema", "every record names its schema"),
    Expected("wrapped", "evidence-list", "out", "a record is an object", now="studies"),
    Expected("added", "evidence-*", "out/banner", "every record says what it is for"),
    Expected("added", "refused-patient", "out/how_it_may_act", "null where there is none, as other fields"),
    Expected("changed", "check", "out/cross_check/disagreements/*", "a true minus sign"),
    Expected("changed", "trial-protocol", "out/sections/11/blocks/3/rows/7/5", "a true minus sign"),
    Expected("changed", "trial-protocol", "out/sections/11/blocks/9/rows/3/4", "a true minus sign"),
    Expected("changed", "plan-*", "out/schema", "recommendation/2: tuples and refusals are named"),
    Expected("changed", "refused-patient", "out/schema", "recommendation/2: tuples and refusals are named"),
    Expected("named", "*", "out/doses/*/refusals/*", "a refusal has a code", now="sentence"),
    Expected("added", "*", "out/doses/*/refusals/*/code", "a refusal has a code"),
    Expected("named", "*", "out/doses/*/cautions/*", "a caution has a code", now="sentence"),
    Expected("added", "*", "out/doses/*/cautions/*/code", "a caution has a code"),
    Expected("named", "*", "out/doses/*/local_counts/*", "counts are named", now="arm dose events at_risk"),
    Expected(
        "named",
        "*",
        "out/comparators/*/outlook/*",
        "the outlook without cells is named",
        now="domain improvement p_improvement_mcid",
    ),
    Expected("named", "*", "out/curve_weights/*", "weights are named", now="curve weight"),
    Expected("named", "*", "out/certainty/*", "aspects of certainty are named", now="aspect sentence"),
    Expected("named", "*", "out/provenance/*", "provenance is named", now="number kind source"),
    Expected("added", "curve-*", "out/answers/*/higher", "the doses that are compared were not told"),
    Expected("added", "curve-*", "out/answers/*/lower", "the doses that are compared were not told"),
    Expected("changed", "refused-table", "error", "a table of arms is told by file and line"),
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

"""What the simulation of a longitudinal design takes for granted about cells and patients."""

from __future__ import annotations

from ....trial.dose_ranging.persons import MIDDLING, Reality


def assumptions(r: Reality) -> list[str]:
    """What the simulation takes for granted about cells and patients, one sentence a matter; all of it is
    assumed.
    """
    said = [
        (
            f"Scores at entry: Normal({r.baseline_mean:g}, {r.baseline_sd:g}²), those below"
            f" {r.baseline_least:g} not being let in."
        ),
        f"Enrolment: {r.per_month:g} patients a month on average"
        + (f", at least {r.stagger:g} months apart." if r.stagger else "."),
    ]
    if r.lost:
        more = (
            f"; the odds are e^{r.lost_log_odds:g} times as high for every 10 points that the last score seen"
            f" shows less improvement than {MIDDLING:g}"
            if r.lost_log_odds
            else ""
        )
        said.append(f"Drop-out: {100 * r.lost:g} % within 12 months{more}.")
    if r.leave:
        said.append(
            f"Drop-out by lack of effect: {100 * r.leave:g} % of those whose improvement is below"
            f" {r.leave_below:g} points leave before that visit, unseen."
        )
    if not (r.lost or r.leave):
        said.append("Nobody drops out.")
    if r.rescue:
        said.append(
            f"Rescue treatment: taken by {100 * r.rescue:g} % after a visit with an improvement below"
            f" {r.rescue_below:g} points; it adds {r.rescue_gain:g} points from then on."
        )
    else:
        said.append("Nobody takes rescue treatment.")
    if r.dose_cv:
        said.append(
            f"Delivered cells vary around the number planned, with a standard deviation of {r.dose_cv:g} on"
            " the log scale."
        )
    if r.batch_sd:
        sharing = f", {r.batch_size} patients in turn sharing one" if r.batch_size > 1 else ""
        said.append(
            f"Donors or batches{sharing} differ in potency, with a standard deviation of {r.batch_sd:g} on"
            " the log scale."
        )
    if r.failure:
        said.append(f"In {100 * r.failure:g} % of patients no product can be made.")
    return said

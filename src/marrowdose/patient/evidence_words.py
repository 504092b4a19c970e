"""How certain the evidence is, and where each number comes from: plain facts of the fit, no new numbers."""

from __future__ import annotations

from ..domain import DOMAINS, Goal, Patient
from ..outcomes import INSTRUMENTS, MCIDS
from ..synthesis.fit import Fit
from ..synthesis.persons import RESIDUAL_SD
from .predict import MODIFIERS


def certainty(fit: Fit) -> tuple[tuple[str, str], ...]:
    """(name, sentence) about design, bias, imputation, prediction of unseen studies, and what the data
    taught.
    """
    studies = fit.meta["studies"]
    patients = sum(s["patients"] for s in studies)
    origin = {o: sum(s["origin"][o] for s in studies) for o in ("reported", "converted", "imputed")}
    total = max(1, sum(origin.values()))
    blind = [s["study"] for s in studies if "double" in s["blinding"] or "triple" in s["blinding"]]
    coverage = fit.meta["predictive"]["coverage"]
    misfit = fit.meta["predictive"]["misfit"]
    dose = [c for c in fit.meta["contraction"] if c["parameter"].endswith("ed50")]
    learned = max((c["contraction"] for c in dose), default=0.0)
    low, high = fit.dose_range
    return (
        (
            "studies",
            (
                f"{len(studies)} randomised trials with {patients:.0f} patients in the arms used; doses"
                f" {low:g}–{high:g} million cells, months {fit.month_range[0]:g}–{fit.month_range[1]:g}"
            ),
        ),
        (
            "bias",
            (
                f"{len(blind)} of them report double or triple blinding ({', '.join(blind) or 'none'}); most"
                " are small, some sponsor-run, and several figures come from secondary pages"
            ),
        ),
        (
            "origin of figures",
            (
                f"{100 * origin['reported'] / total:.0f} % reported, {100 * origin['converted'] / total:.0f}"
                f" % converted (medians, two SDs), {100 * origin['imputed'] / total:.0f} % with an imputed SD"
                " or group size"
            ),
        ),
        (
            "prediction of unseen studies",
            f"{100 * coverage['in80']['observed']:.0f} % of held-out figures lay in their 80 % interval and"
            f" {100 * coverage['in95']['observed']:.0f} % in their 95 % interval"
            + (f"; predicted badly from the others: {', '.join(misfit)}" if misfit else ""),
        ),
        (
            "dose",
            (
                "the trials tell almost nothing about the dose of half effect: the prior speaks"
                if learned < 0.3
                else f"the data narrowed the dose of half effect by {100 * learned:.0f} %"
            ),
        ),
        *_sensitivity(fit),
        (
            "certainty",
            (
                "low: few small trials, indirect comparisons, imputed spreads; a new large trial could change"
                " the answer"
            ),
        ),
    )


_VARIANTS = {
    "no_imputed": "without the trials whose spreads or group sizes were imputed",
    "prefer_vas": "with VAS pain before WOMAC pain",
    "long_term": "with the follow-up beyond month 12",
    "nonrandomised": "with the single-arm studies",
}


def _sensitivity(fit: Fit) -> tuple[tuple[str, str], ...]:
    """How the effect of a typical dose changes with other choices of evidence."""
    rows = fit.meta.get("sensitivity", [])
    if not rows:
        return ()
    said = ", ".join(f"{r['effect_typical']:.0f} {_VARIANTS[r['analysis']]}" for r in rows)
    whole = fit.meta["influence"][0]["effect_typical"]
    return (
        (
            "choice of evidence",
            f"expected effect of 50 million cells at month 12, points: {whole:.0f} in this analysis; {said}",
        ),
    )


def provenance(fit: Fit, patient: Patient, goal: Goal) -> tuple[tuple[str, str, str], ...]:
    """(number, kind, source): measured | converted | imputed | assumed, down to rows of the tables."""
    out: list[tuple[str, str, str]] = []
    for d in DOMAINS:
        m = getattr(patient, d)
        if m is not None:
            out.append(
                (
                    f"baseline {d} {m.severity:.0f} of 100",
                    "converted",
                    f"{m.value:g} on {INSTRUMENTS[m.instrument].label} {m.minimum:g}–{m.maximum:g}",
                )
            )
    for s in fit.meta["studies"]:
        kinds = ", ".join(f"{k} {v}" for k, v in s["origin"].items() if v)
        kind = (
            "imputed" if s["origin"]["imputed"] else "converted" if s["origin"]["converted"] else "measured"
        )
        out.append(
            (
                f"effect of cells: {s['study']} ({kinds})",
                kind,
                f"{s['rows'][0]} … {s['rows'][-1]}; {s['cite']}",
            )
        )
    source = MCIDS[goal.mcid_source].source if goal.mcid_source in MCIDS else "own value"
    rows = list(dict.fromkeys(fit.meta["context_rows"]))
    out += [
        (f"MCID {goal.mcid:g} points", "measured" if goal.mcid_source in MCIDS else "assumed", source),
        (
            "response without cells",
            "converted",
            f"{len(rows)} rows of control arms and published saline responses: {rows[0]} … {rows[-1]}",
        ),
        (
            "effect of hyaluronic acid and corticosteroid",
            "converted",
            "priors from benchmarks.csv:26-41 and comparator_timecourse.csv, updated by the trials' arms",
        ),
        (
            "dose-response curves and their weights",
            "converted",
            "docs/methods: stacking of leave-one-study-out predictive densities",
        ),
        (
            "local reactions by dose",
            "measured",
            ", ".join(
                c["row"]
                for c in fit.meta["harm_counts"]
                if c["category"] == "local" and c["dose"] is not None
            ),
        ),
        (
            "serious events",
            "measured",
            ", ".join(
                c["row"]
                for c in fit.meta["harm_counts"]
                if c["category"] == "serious" and c["source"] == "bm_msc"
            ),
        ),
        (
            "spread between patients",
            "assumed",
            (
                f"SD {RESIDUAL_SD['pain'].loc:g} (pain) and {RESIDUAL_SD['function'].loc:g} (function)"
                f" points: {RESIDUAL_SD['pain'].reason}"
            ),
        ),
    ]
    out += [(f"influence of {m.label}", "assumed", m.prior.reason) for m in MODIFIERS]
    return tuple(out)

"""Is this Fit fit for use? One that fails is not shipped and not served (SCIENCE section 5)."""

from __future__ import annotations

from collections.abc import Mapping

from .record import Check, Convergence, Coverage, Predictive


def verdict(
    diagnostics: Mapping[str, Convergence],
    pareto_k: float,
    max_pareto_k: float,
    held_out: Predictive,
    p_values: Mapping[str, float],
) -> tuple[Check, ...]:
    """Every check and its outcome; ``diagnostics`` of every model, ``p_values`` of every study."""
    both = (held_out.coverage.in80, held_out.coverage.in95)
    return (
        *(_converged(name, found) for name, found in diagnostics.items()),
        Check(
            name="leave-one-study-out weights",
            ok=pareto_k <= max_pareto_k,
            blocking=True,
            says=f"largest Pareto-k {pareto_k:.2f} (limit {max_pareto_k})",
        ),
        *map(_covered, both),
        _fitting(held_out.misfit),
        _predicted(p_values),
    )


def _converged(name: str, found: Convergence) -> Check:
    fine = (
        f"R-hat ≤ {found.r_hat:.4f}, bulk ESS ≥ {found.ess_bulk:.0f}, tail ESS ≥ {found.ess_tail:.0f},"
        f" {found.divergences} divergences"
    )
    says = "; ".join(found.sentences) or fine
    return Check(name=f"convergence of {name}", ok=not found.sentences, blocking=True, says=says)


def _covered(found: Coverage) -> Check:
    error = f"Monte-Carlo error {100 * found.mc_error:.0f} %"
    return Check(
        name=f"coverage of {100 * found.nominal:.0f} % intervals",
        ok=abs(found.observed - found.nominal) <= 2 * found.mc_error,
        blocking=False,
        says=f"{100 * found.observed:.0f} % of held-out contrasts ({error})",
    )


def _fitting(misfit: tuple[str, ...]) -> Check:
    fine = "no study is predicted badly from the others"
    says = f"predicted badly from the others: {', '.join(misfit)}" if misfit else fine
    return Check(name="misfit", ok=not misfit, blocking=False, says=says)


def _predicted(p_values: Mapping[str, float]) -> Check:
    low = {s: p for s, p in p_values.items() if not 0.05 <= p <= 0.95}
    says = ", ".join(f"{s} {p:.3f}" for s, p in (low or p_values).items())
    return Check(name="posterior predictive p-values", ok=not low, blocking=False, says=says)
